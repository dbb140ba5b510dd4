"""Which run reads again what is read once an hour or once a day. Pure.

Nothing starts a run for it: the run counts that comes nearest to the period. A run that starts some
milliseconds too early would otherwise leave it to the next one, a whole interval later, or with a single
time of the day a whole day later.
"""

from datetime import datetime, timedelta

from syncer.core.model.schedule import Schedule

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
WEEKLY, MONTHLY = timedelta(days=7), timedelta(days=30)
# Of the interval. Just below a half, which would leave it to milliseconds whether runs each 24 or 40 minutes
# read after 48 or 72 minutes, and after 40 or 80.
MAX_EARLY = 0.45
MAX_EARLY_OF_PERIOD = 0.5  # so that another run a short time later does not read again


def is_due(last_at: datetime | None, period: timedelta, schedule: Schedule, now: datetime) -> bool:
    """Return whether a run that starts now reads again. `last_at`: when it was read; None: never.

    A time in the future was stored with a wrong clock.
    """
    return last_at is None or last_at > now or last_at <= read_before(now, period, schedule)


def read_before(now: datetime, period: timedelta, schedule: Schedule) -> datetime:
    """Return up to which moment the last reading makes it due in a run that starts now."""
    return now - period + min(schedule.interval * MAX_EARLY, period * MAX_EARLY_OF_PERIOD)


def time_to_next(at: datetime, period: timedelta, schedule: Schedule) -> timedelta:
    """Return how long after a reading the run starts that reads again, if every run starts in time."""
    next_run = schedule.next(at)
    while not is_due(at, period, schedule, next_run):
        next_run = schedule.next(next_run)
    return next_run - at
