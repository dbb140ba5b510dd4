"""What is read once an hour or a day is read by the run that comes nearest to it."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.schedule import DailySchedule, IntervalSchedule, Schedule
from syncer.core.periodic import DAILY, HOURLY, is_due, promised_to_next, time_to_next

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86_400))
BERLIN = ZoneInfo("Europe/Berlin")


def every(minutes: float) -> Schedule:
    return IntervalSchedule(minutes * MINUTE)


def at(*hours: int) -> Schedule:
    return DailySchedule(tuple(time(hour) for hour in hours), BERLIN)


def readings(schedule: Schedule, period: timedelta, days: int, *, wobble: timedelta) -> list[datetime]:
    """Return the runs of some days that read, each up to `wobble` before or after its time.

    The answer comes some seconds after the run starts.
    """
    rng, found, last = Random(1), list[datetime](), None
    planned = schedule.next(NOW - schedule.interval)
    while planned < NOW + days * DAY:
        started = planned + rng.uniform(-1, 1) * wobble
        if is_due(last, period, schedule, started):
            last = started + rng.uniform(0, 20) * SECOND
            found.append(planned)
        planned = schedule.next(planned)
    return found


def steps(found: list[datetime]) -> set[timedelta]:
    return {later - earlier for earlier, later in pairwise(found)}


@pytest.mark.parametrize(
    ("minutes", "hourly", "daily"),
    [
        (1, HOUR, DAY),
        (5, HOUR, DAY),
        (15, HOUR, DAY),
        (24, 72 * MINUTE, DAY),
        (30, HOUR, DAY),
        (40, 80 * MINUTE, DAY),
        (45, 45 * MINUTE, DAY),
        (60, HOUR, DAY),
        (7 * 60, 7 * HOUR, 21 * HOUR),
        (24 * 60, DAY, DAY),
        (72 * 60, 72 * HOUR, 72 * HOUR),
    ],
)
def test_the_nearest_run_reads_however_early_it_starts(
    minutes: int, hourly: timedelta, daily: timedelta
) -> None:
    schedule, wobble = every(minutes), min(10 * SECOND, minutes * 2 * SECOND)
    assert steps(readings(schedule, HOURLY, 20 if minutes > 300 else 2, wobble=wobble)) == {hourly}
    assert steps(readings(schedule, DAILY, 20, wobble=wobble)) == {daily}


def test_a_quarter_of_the_runs_read_hourly_with_quarter_hours() -> None:
    assert len(readings(every(15), HOURLY, 7, wobble=30 * SECOND)) == 7 * 24


@pytest.mark.parametrize("schedule", [at(6), at(6, 18), at(6, 7), at(*range(24))])
def test_listed_times_read_each_day_at_the_same_one(schedule: Schedule) -> None:
    assert steps(readings(schedule, DAILY, 20, wobble=SECOND)) == {DAY}


def test_a_day_of_23_hours_is_no_reason_to_skip_the_single_time() -> None:
    schedule = at(6)
    before = datetime(2026, 3, 28, 5, tzinfo=UTC)  # the clocks go forward in the night after it
    assert schedule.next(before) == before + 23 * HOUR
    assert is_due(before + 20 * SECOND, DAILY, schedule, before + 23 * HOUR)


@pytest.mark.parametrize(
    ("schedule", "period", "expected"),
    [
        (every(15), HOURLY, HOUR),
        (every(24), HOURLY, 72 * MINUTE),
        (every(45), HOURLY, 45 * MINUTE),
        (every(6 * 60), HOURLY, 6 * HOUR),
        (every(1 / 60), DAILY, None),  # each second: one of the last runs before the day is over
        (every(15), DAILY, DAY),
        (every(7 * 60), DAILY, 21 * HOUR),
        (every(3 * 24 * 60), DAILY, 3 * DAY),
        (at(7), DAILY, DAY),
        (at(7, 19), DAILY, DAY),
    ],
)
def test_the_next_reading_is_promised_for_the_run_that_makes_it(
    schedule: Schedule, period: timedelta, expected: timedelta | None
) -> None:
    promised = time_to_next(NOW, period, schedule)
    assert is_due(NOW, period, schedule, NOW + promised)
    if expected is None:
        assert DAY - SECOND <= promised <= DAY
    else:
        assert promised == expected


@pytest.mark.parametrize("minutes", [5, 15, 30, 45, 60, 90, 120, 420])
@pytest.mark.parametrize("period", [HOURLY, DAILY])
def test_runs_off_the_schedule_make_no_gap(minutes: int, period: timedelta) -> None:
    """Play and retries start further runs, and the interval counts from each."""
    rng, schedule, gap_after = Random(3), every(minutes), 30 * MINUTE
    last = started = NOW
    waits = list[timedelta]()
    while len(waits) < 300:
        started += schedule.interval * rng.choice((1, 1, rng.random()))
        if is_due(last, period, schedule, started):
            promised = promised_to_next(last, period, schedule, gap_after)
            waits.append(started - last - promised)
            last = started
    assert max(waits) <= gap_after / 2


def test_the_promise_is_the_planned_run_where_gap_after_covers_the_others() -> None:
    assert promised_to_next(NOW, HOURLY, every(15), 30 * MINUTE) == HOUR
    assert promised_to_next(NOW, HOURLY, every(60), 30 * MINUTE) == 93 * MINUTE
    assert promised_to_next(NOW, HOURLY, every(60), 2 * HOUR) == HOUR
    assert promised_to_next(NOW, DAILY, at(7, 19), 30 * MINUTE) == time_to_next(NOW, DAILY, at(7, 19))


def test_a_second_run_a_short_time_later_does_not_read_again() -> None:
    for schedule in (every(15), every(6 * 60), every(48 * 60), at(6)):
        assert not is_due(NOW, HOURLY, schedule, NOW + 25 * MINUTE)
        assert not is_due(NOW, DAILY, schedule, NOW + 11 * HOUR)


def test_what_was_never_read_or_read_in_the_future_is_due() -> None:
    assert is_due(None, DAILY, every(15), NOW)
    assert is_due(NOW + SECOND, DAILY, every(15), NOW)  # stored with a wrong clock
    assert not is_due(NOW, DAILY, every(15), NOW)
