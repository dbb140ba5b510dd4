"""What days and hours show: best days and weeks, months, the rarest hours, gaps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncer.core.review.figures import (
    best_of,
    busiest_hour,
    by_hour,
    by_month,
    by_week,
    gaps_within,
    quiet_hours,
    rarest_hour,
)
from syncer.core.review.model import Gaps, Tally
from syncer.core.review.period import Period

SUNDAY, MONDAY = date(2026, 5, 31), date(2026, 6, 1)
BEGIN, HOUR = datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1)


def test_the_best_day_is_the_earlier_of_equals() -> None:
    assert best_of({MONDAY: Tally(1, 10), SUNDAY: Tally(3, 10)}) == SUNDAY
    assert best_of({MONDAY: Tally(1, 11), SUNDAY: Tally(3, 10)}) == MONDAY
    assert best_of({}) is None


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    days = {SUNDAY: Tally(1, 5), date(2026, 5, 25): Tally(1, 2), MONDAY: Tally(2, 9)}
    assert by_week(days) == {date(2026, 5, 25): Tally(2, 7), MONDAY: Tally(2, 9)}
    assert by_month(days) == {Period(2026, 5): Tally(2, 7), Period(2026, 6): Tally(2, 9)}


def test_hours_are_those_of_the_zone_with_its_clock_changes() -> None:
    moments = [datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [n for n, count in enumerate(by_hour(moments, ZoneInfo("Europe/Berlin"))) if count] == [1, 3]
    assert by_hour([BEGIN], ZoneInfo("Asia/Kolkata"))[5] == 1  # half past five there


def test_the_rarest_hour_has_an_unlock_and_hours_without_one_are_named_as_ranges() -> None:
    hours = [0] * 24
    hours[9], hours[20], hours[21], hours[22] = 1, 7, 7, 1
    assert busiest_hour(hours) == 20
    assert rarest_hour(hours) == 9
    assert quiet_hours(hours) == [(10, 20), (23, 9)]


def test_a_period_without_unlocks_has_no_rarest_hour() -> None:
    hours = (0,) * 24
    assert (busiest_hour(hours), rarest_hour(hours), quiet_hours(hours)) == (None, None, [])
    assert quiet_hours((1,) * 24) == []


def test_only_the_part_of_a_gap_within_the_period_counts() -> None:
    gaps = [(BEGIN - HOUR, BEGIN + HOUR), (BEGIN + 2 * HOUR, BEGIN + 5 * HOUR), (BEGIN - 9 * HOUR, BEGIN)]
    assert gaps_within(gaps, BEGIN, BEGIN + 4 * HOUR) == Gaps(2, 3 * HOUR)
