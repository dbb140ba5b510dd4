"""How long was played, as a range: by day, of a game in all, and as text."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.play import PlaySession, Playtime
from syncer.core.polling.hours import (
    REPORT_INTERVAL,
    Played,
    TotalPlayed,
    format_played,
    played_by_day,
    played_in,
    played_of,
    total_played,
)

NOON, MINUTE, HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


def session(after: float, before: float, end: float, game_id: int = 7) -> PlaySession:
    since, begun, ended = (NOON + minutes * MINUTE for minutes in (after, before, end))
    return PlaySession(game_id, since, begun, ended, is_open=False)


def minutes(least: float, most: float) -> Played:
    return Played(least * MINUTE, most * MINUTE + REPORT_INTERVAL)


def test_the_least_counts_from_the_first_date_and_the_most_until_a_report_would_have_followed() -> None:
    assert played_of([session(0, 10, 70)]) == minutes(60, 70)
    assert played_in([session(0, 10, 70)], NOON - DAY, NOON + DAY) == minutes(60, 70)


def test_two_games_at_the_same_time_are_certain_once_and_possible_twice() -> None:
    both = [session(0, 10, 70), session(0, 20, 70, game_id=8)]
    assert played_in(both, NOON - DAY, NOON + DAY) == Played(60 * MINUTE, 2 * (70 * MINUTE + REPORT_INTERVAL))


def test_a_day_has_no_more_hours_than_it_has() -> None:
    absent = [session(-3000, 3000, 3000), session(-3000, 3000, 3000, game_id=8)]
    assert played_in(absent, NOON, NOON + DAY) == Played(timedelta(0), DAY)


def test_a_session_across_midnight_counts_on_both_days_of_the_zone() -> None:
    late = session(9 * 60, 9 * 60 + 50, 10 * 60 + 30)  # 23:00, 23:50 and 00:30 in Berlin
    days = played_by_day([late], BERLIN, NOON - DAY, NOON + DAY)
    assert days == {
        date(2026, 5, 1): Played(10 * MINUTE, 60 * MINUTE),
        date(2026, 5, 2): Played(30 * MINUTE, 30 * MINUTE + REPORT_INTERVAL),
    }


def test_the_day_of_a_clock_change_has_its_own_length() -> None:
    change = datetime(2026, 3, 28, 23, tzinfo=UTC)  # midnight in Berlin; the day has 23 hours
    absent = PlaySession(7, change - DAY, change + 2 * DAY, change + 2 * DAY)
    days = played_by_day([absent], BERLIN, change - DAY, change + 47 * HOUR)
    assert [played.most / HOUR for played in days.values()] == [24, 23, 24]


def test_days_outside_of_the_window_are_left_out() -> None:
    long = session(-3000, -2900, 3000)
    assert list(played_by_day([long], UTC, NOON, NOON + HOUR)) == [date(2026, 5, 1)]
    assert played_by_day([long], UTC, NOON + 90 * DAY, NOON + 91 * DAY) == {}


def known(seconds: int, first: float = 100, last: float = 100) -> Playtime:
    return Playtime(seconds, NOON + first * MINUTE, NOON + last * MINUTE)


def test_the_number_of_the_site_wins_over_the_sessions_that_it_has_counted() -> None:
    found = total_played(known(50000), [session(0, 10, 70)])
    assert found == TotalPlayed(timedelta(seconds=50000), NOON + 100 * MINUTE, Played())
    assert found.played == Played(timedelta(seconds=50000), timedelta(seconds=50000))


def test_sessions_after_the_reading_are_added_to_the_number_of_the_site() -> None:
    found = total_played(known(3600), [session(0, 10, 70), session(200, 210, 270)])
    assert found.played == minutes(60 + 60, 60 + 70)


def test_a_number_that_stayed_equal_has_not_counted_what_was_played_since_it_was_first_read() -> None:
    found = total_played(known(3600, first=100, last=300), [session(200, 210, 270)])
    assert (found.recorded, found.read_at) == (minutes(60, 70), NOON + 300 * MINUTE)


def test_of_a_session_that_was_under_way_only_the_rest_is_added() -> None:
    assert total_played(known(3600), [session(90, 95, 130)]).recorded == minutes(30, 30)


@pytest.mark.parametrize("playtime", [None, known(0), known(3599)])
def test_without_a_number_or_with_one_that_lags_all_sessions_count(playtime: Playtime | None) -> None:
    assert total_played(playtime, [session(0, 10, 70)]) == TotalPlayed(None, None, minutes(60, 70))


@pytest.mark.parametrize(
    ("least", "most", "shown"),
    [
        (2.8, 3.6, "3.2 h ± 0.4"),
        (3.2, 3.2, "3.2 h"),
        (0.0, 0.0, "0.0 h"),
        (0.0, 0.25, "0.2 h ± 0.2"),  # never below zero
        (1.0, 1.3, "1.2 h ± 0.2"),  # rounded so that the range holds
        (1234.5, 1234.5, "1,234.5 h"),
        (0.0, 24.0, "12.0 h ± 12.0"),
    ],
)
def test_hours_are_shown_as_the_middle_and_a_margin_that_holds(least: float, most: float, shown: str) -> None:
    assert format_played(Played(least * HOUR, most * HOUR)) == shown


def test_the_middle_lies_between_the_least_and_the_most() -> None:
    assert (minutes(60, 70).middle, minutes(60, 70).margin) == (66.5 * MINUTE, 6.5 * MINUTE)
