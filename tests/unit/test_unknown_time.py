"""What is known of days, weeks and streaks of an account that was not polled all the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from syncer.core.milestones.streaks import Streak
from syncer.core.monitoring.gaps import OPEN_END, Gap
from syncer.core.monitoring.unknown_time import Extent, UnknownTime, unknown_time

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 5, 20)
ZERO = Streak(0, includes_today=False)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=UTC)


def test_reading_the_unlocks_after_a_gap_fills_it() -> None:
    gaps: list[Gap] = [{"started_at": at(3), "ended_at": at(5)}, {"started_at": at(8), "ended_at": None}]
    assert unknown_time(gaps, at(2)).spans == ((at(3), at(5)), (at(8), OPEN_END))
    assert unknown_time(gaps, at(4)).spans == ((at(4), at(5)), (at(8), OPEN_END))
    found = unknown_time(gaps, at(9))
    assert found.spans == ((at(9), OPEN_END),)
    assert found.since == at(9)
    assert unknown_time(gaps[:1], at(5)) == UnknownTime()
    assert unknown_time(gaps[:1], at(2)).since is None


@pytest.mark.parametrize(
    ("begin", "end", "extent"),
    [
        (at(1), at(3), Extent.KNOWN),
        (at(1), at(4), Extent.PARTLY),  # the end lies in the gap
        (at(4), at(6), Extent.PARTLY),  # so does the beginning
        (at(2), at(6), Extent.KNOWN),  # the gap lies in the time: what was gained in it counts at its end
        (at(3), at(4), Extent.UNKNOWN),
        (at(3, 12), at(4), Extent.UNKNOWN),
        (at(5), at(6), Extent.KNOWN),
        (at(10), at(11), Extent.UNKNOWN),
        (at(7), at(11), Extent.PARTLY),
        (at(4), at(11), Extent.PARTLY),
    ],
)
def test_sum_is_known_unless_it_begins_or_ends_in_a_gap(
    begin: datetime, end: datetime, extent: Extent
) -> None:
    assert UnknownTime(((at(3), at(5)), (at(9), OPEN_END))).extent(begin, end) is extent


def test_days_are_those_of_the_zone() -> None:
    unknown = UnknownTime(((at(19, 22), at(20, 5)),))  # midnight in Berlin is 22:00 in UTC
    assert [unknown.touches(date(2026, 5, day), BERLIN) for day in (19, 20, 21)] == [False, True, False]
    assert unknown.touches(date(2026, 5, 19), UTC)


@pytest.mark.parametrize(
    ("streak", "since", "extent"),
    [
        (ZERO, at(20, 12), Extent.PARTLY),  # today may be its first day
        (ZERO, at(19, 12), Extent.UNKNOWN),
        (Streak(3, includes_today=False), at(20, 12), Extent.PARTLY),
        (Streak(3, includes_today=True), at(20, 12), Extent.KNOWN),
        (Streak(1, includes_today=True), at(19, 12), Extent.PARTLY),  # yesterday may be one, too
        (Streak(2, includes_today=False), at(17, 12), Extent.PARTLY),
        (Streak(4, includes_today=True), at(17, 12), Extent.KNOWN),
    ],
)
def test_streak_is_known_where_the_day_that_ends_it_is(
    streak: Streak, since: datetime, extent: Extent
) -> None:
    assert UnknownTime(((since, OPEN_END),)).streak_extent(streak, TODAY, UTC) is extent
    assert UnknownTime().streak_extent(streak, TODAY, UTC) is Extent.KNOWN
