"""Readings of unlocks: what complete answers covered, and what that proves about an unlock."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.backfill.visibility import (
    Reading,
    add_reading,
    format_readings,
    newest_covering,
    parse_readings,
    visible_after,
)
from syncer.core.backfill.windows import wide_window_due, window_start
from syncer.core.model.library import StoredUnlock, Unlock
from syncer.core.model.schedule import IntervalSchedule

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reading(days: float, at: timedelta = timedelta(0)) -> Reading:
    """Return a reading of so many days, made `at` after NOW."""
    return Reading(NOW + at - days * DAY, NOW + at, NOW + at)


def unlock(at: datetime, *, hardcore: bool = False) -> Unlock:
    return Unlock(1, 7, "First", 5, hardcore, at)


def test_a_later_reading_replaces_what_it_covers_as_well() -> None:
    narrow, wide = reading(1), reading(14, HOUR)
    assert add_reading([narrow], wide) == [wide]
    assert add_reading([reading(14)], reading(1, HOUR)) == [reading(14), reading(1, HOUR)]


def test_of_the_readings_that_begin_in_the_same_hour_the_last_one_is_kept() -> None:
    kept: list[Reading] = [reading(14)]
    for n in range(8):
        kept = add_reading(kept, reading(1, n * HOUR / 4))
    assert kept == [reading(14), *(reading(1, n * HOUR / 4) for n in (1, 5, 7))]


def test_a_page_that_continues_a_window_counts_with_the_moment_of_the_first_one() -> None:
    first = Reading(NOW - DAY, NOW - HOUR, NOW)
    second = Reading(NOW - HOUR + SECOND, NOW, NOW + SECOND)
    assert add_reading([reading(14, -HOUR), first], second) == [
        reading(14, -HOUR),
        Reading(NOW - DAY, NOW, NOW),
    ]


@pytest.mark.parametrize(
    ("days_ago", "found"),
    [(0.5, NOW), (1, NOW), (1.1, NOW - HOUR), (14, NOW - HOUR), (15, None), (-0.1, None)],
)
def test_the_newest_answer_that_covered_a_moment(days_ago: float, found: datetime | None) -> None:
    wide = Reading(NOW - 14 * DAY, NOW - HOUR, NOW - HOUR)
    assert newest_covering([wide, reading(1)], NOW - days_ago * DAY) == found


def test_a_window_that_ends_after_its_answer_proves_nothing_about_the_rest() -> None:
    """Our clock may be fast."""
    fast = Reading(NOW - DAY, NOW + HOUR, NOW)
    assert newest_covering([fast], NOW + SECOND) is None


def test_readings_come_back_from_their_text() -> None:
    readings = [reading(14), reading(1, timedelta(milliseconds=7))]
    assert parse_readings(format_readings(readings)) == readings
    assert parse_readings(None) == parse_readings("") == []


def test_an_unlock_of_a_covered_time_became_visible_after_that_answer() -> None:
    old = unlock(NOW - 2 * HOUR)
    assert visible_after(old, [], [old], [reading(1)], None) == NOW
    assert visible_after(old, [], [old], [], NOW - HOUR) == NOW - HOUR
    assert visible_after(old, [], [old], [reading(1)], NOW + HOUR) == NOW + HOUR
    assert visible_after(old, [], [old], [], NOW - 3 * HOUR) is None  # the game was read before


def test_a_former_row_of_the_achievement_explains_its_absence() -> None:
    old = unlock(NOW - 2 * HOUR)
    gone = StoredUnlock(1, True, NOW - 9 * DAY, NOW - DAY)
    assert visible_after(old, [gone], [old], [reading(1)], NOW) is None


@pytest.mark.parametrize("stored", [True, False])
def test_a_list_that_shows_the_hardcore_unlock_proves_nothing_about_the_softcore_one(stored: bool) -> None:
    soft, hard = unlock(NOW - 2 * HOUR), unlock(NOW - HOUR, hardcore=True)
    rows = [StoredUnlock(1, True, hard.unlocked_at)] if stored else []
    received = [soft] if stored else [soft, hard]
    assert visible_after(soft, rows, received, [reading(1)], None) is None
    assert visible_after(soft, rows, received, [reading(1)], NOW) == NOW  # the game's own answer does
    assert visible_after(hard, [], received, [reading(1)], None) == NOW


def test_windows_overlap_by_fifteen_and_a_half_days_once_a_day() -> None:
    assert window_start(NOW, NOW + HOUR, wide=True) == NOW - 15.5 * DAY
    assert window_start(NOW, NOW + HOUR, resumed=True, wide=True) == NOW - MINUTE
    schedule, moments = IntervalSchedule(HOUR), (-HOUR, timedelta(0), DAY - HOUR, DAY - SECOND, DAY)
    assert [wide_window_due(NOW, schedule, NOW + after) for after in moments] == [
        True,  # a time in the future was stored with a wrong clock
        False,
        False,
        True,  # the next run would be nearly an hour late
        True,
    ]
    assert wide_window_due(None, schedule, NOW)


@pytest.mark.parametrize("every", [HOUR, 6 * HOUR, 11 * HOUR, DAY])
def test_a_wide_window_shows_the_oldest_date_that_was_claimed_since_the_one_before(every: timedelta) -> None:
    schedule, read_again = IntervalSchedule(every), NOW + every
    while not wide_window_due(NOW, schedule, read_again):
        read_again += every
    oldest = NOW + SECOND - 14 * DAY
    assert window_start(read_again, read_again, wide=True) <= oldest
