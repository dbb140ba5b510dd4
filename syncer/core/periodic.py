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
    return now - _soonest(period, schedule)


def time_to_next(at: datetime, period: timedelta, schedule: Schedule) -> timedelta:
    """Return how long after a reading the run starts that reads again, if every run starts in time."""
    next_run = schedule.next(at)
    while not is_due(at, period, schedule, next_run):
        next_run = schedule.next(next_run)
    return next_run - at


def promised_to_next(at: datetime, period: timedelta, schedule: Schedule, gap_after: timedelta) -> timedelta:
    """Return how long after a reading the next one is promised; later than that by `gap_after` is a gap.

    Play, a retry or a person may start a run just before the reading is due. An interval counts from the
    start of each run, so that the next one comes a whole interval later. Half of `gap_after` may cover that,
    the other half is for runs that start late; where it is too short, the promise is longer.
    """
    planned = time_to_next(at, period, schedule)
    shifted = schedule.next(at + _soonest(period, schedule)) - at
    return shifted if shifted > planned + gap_after / 2 else planned


def _soonest(period: timedelta, schedule: Schedule) -> timedelta:
    """Return how long after a reading a run reads again at the soonest."""
    return period - min(schedule.interval * MAX_EARLY, period * MAX_EARLY_OF_PERIOD)
