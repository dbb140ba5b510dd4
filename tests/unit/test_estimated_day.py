"""Requests of a day by kind, delays, and the rows of a year."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.estimate.day import (
    LONG_SEARCHES,
    ExpectedRequests,
    FixedRequests,
    Library,
    expected_requests,
    extra_runs,
    fixed_requests,
    polls_per_day,
)
from syncer.core.estimate.delays import worst_delays
from syncer.core.estimate.growth import Rows, RowSize, year_rows
from syncer.core.estimate.habits import Habits, Observed, habits
from syncer.core.model.schedule import DailySchedule, IntervalSchedule, Schedule
from syncer.core.polling.promise import promise_of
from syncer.core.ports import TrackedPlayer
from tests.fakes import START

TWICE = DailySchedule((time(6), time(18, 30)), ZoneInfo("Europe/Berlin"))
QUARTERLY = IntervalSchedule(timedelta(minutes=15))
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PLAYED = TrackedPlayer(
    *("Tester", None, (), QUARTERLY, timedelta(minutes=30)),
    played=True,
    unlocks=True,
    rank=True,
    idle_every=DAY,
    play_every=timedelta(minutes=5),
    sessions=True,
)
QUIET = Habits(timedelta(0), *(0.0,) * 8)
BUSY = Habits(timedelta(hours=2), 2, 20, 12, 15, 24, 4, 8, 5)
LISTED = replace(PLAYED, played=False)


def fixed(tracked: TrackedPlayer, library: Library) -> FixedRequests:
    return fixed_requests(tracked, promise_of(tracked, library.targets), library, START)


def expected(tracked: TrackedPlayer, library: Library, found: Habits) -> ExpectedRequests:
    return expected_requests(tracked, promise_of(tracked, library.targets), library, found)


def test_polls_per_day() -> None:
    assert polls_per_day(QUARTERLY) == 96
    assert polls_per_day(TWICE) == 2


def test_many_games_cost_probes_checks_and_a_sweep() -> None:
    found = fixed(PLAYED, Library(10_000, played=10_000))
    assert (found.probe, found.check, found.polls, found.profile, found.unlocks) == (96, 24, 0, 1, 1)
    assert found.sweep == pytest.approx(100 / 0.9)
    assert found.listing == pytest.approx((6 + 20) / 7)  # 20 pages once a week, else one
    assert found.recent == pytest.approx(201 / 30)
    assert found.total == pytest.approx(96 + 24 + 111.1 + 1 + 3.7 + 6.7 + 1, abs=0.1)


def test_few_games_of_a_list_are_all_polled_each_time_and_probed_hourly() -> None:
    found = fixed(LISTED, Library(100))
    assert (found.probe, found.check, found.sweep, found.polls) == (24, 24, 0, 96)
    assert fixed(LISTED, Library(30, is_probe_enough=True)).polls == 72  # the probe was their poll
    without = replace(PLAYED, sessions=False, rank=False, played=False, games=(1,))
    assert (fixed(without, Library(1)).probe, fixed(without, Library(1)).check) == (0, 0)


def test_few_played_games_are_all_polled_hourly_and_probed_each_time() -> None:
    found = fixed(PLAYED, Library(100, played=100))
    assert (found.probe, found.check, found.polls) == (96, 24, 0)
    assert 20 < found.sweep < 24


def test_with_idle_every_as_every_all_games_are_polled_each_time() -> None:
    assert fixed(replace(PLAYED, idle_every=timedelta(minutes=15)), Library(1_000)).polls == 960


@pytest.mark.parametrize(
    ("changed", "kind"), [({"unlocks": False}, "unlocks"), ({"played": False, "unlocks": False}, "listing")]
)
def test_what_is_not_recorded_costs_nothing(changed: dict[str, bool], kind: str) -> None:
    assert getattr(fixed(replace(PLAYED, **changed), Library(300)), kind) == 0  # type: ignore[arg-type]


def test_at_times_of_the_day_nothing_is_sent_in_between() -> None:
    tracked = replace(PLAYED, schedule=TWICE, idle_every=None)
    found = fixed(tracked, Library(1_000, played=1_000))
    assert (found.probe, found.check, found.sweep, found.recent) == (0, 0, 0, 0)
    assert (found.polls, found.unlocks, found.listing) == (20, 2, 2)
    assert expected(tracked, Library(1_000), BUSY).play == 0


@pytest.mark.parametrize(
    ("every", "checks"),
    [(timedelta(minutes=40), 18), (HOUR, 24), (timedelta(hours=6), 4)],
)
def test_checks_go_with_runs(every: timedelta, checks: float) -> None:
    tracked = replace(PLAYED, schedule=IntervalSchedule(every), play_every=None)
    assert fixed(tracked, Library(1_000)).check == pytest.approx(checks)


def test_nothing_is_expected_of_a_player_who_does_nothing() -> None:
    assert expected(PLAYED, Library(1_000), QUIET).total == 0


def test_play_adds_runs_for_as_long_as_it_counts() -> None:
    assert extra_runs(PLAYED, BUSY) == pytest.approx((2 + 2 / 6) * (12 - 4))
    assert extra_runs(replace(PLAYED, play_every=None), BUSY) == 0
    assert extra_runs(replace(PLAYED, play_every=timedelta(minutes=15)), BUSY) == 0
    all_day = replace(BUSY, play=DAY)
    assert extra_runs(PLAYED, all_day) == pytest.approx(24 * 8)


def test_a_run_during_play_probes_or_polls_all() -> None:
    runs = extra_runs(PLAYED, BUSY)
    assert expected(PLAYED, Library(1_000), BUSY).play == pytest.approx(runs)
    assert expected(LISTED, Library(100), BUSY).play == pytest.approx(runs * (1 + 1 / 3))


def test_searches_read_the_lists_of_consoles_where_these_are_fewer() -> None:
    # Each after a second check, and with one request for the games that may explain it alone.
    long = LONG_SEARCHES
    assert expected(PLAYED, Library(300, consoles=40), BUSY).search == pytest.approx(8 + long * 4 * 3 / 2)
    assert expected(PLAYED, Library(10_000, consoles=40), BUSY).search == pytest.approx(8 + long * 4 * 40 / 2)
    often = replace(BUSY, searches=6)  # the lists at most each six hours
    most = 12 + long * (4 * 20 + 2 * 50)
    assert expected(PLAYED, Library(10_000, consoles=40), often).search == pytest.approx(most)
    assert expected(PLAYED, Library(100, consoles=40), BUSY).search == 0


def test_habits_are_assumed_until_a_week_is_recorded() -> None:
    week = Observed(7.0, changes=70, played=timedelta(hours=7), sessions=14)
    found = habits(week, 1_000)
    assert (found.play, found.sessions, found.changes, found.is_assumed) == (HOUR, 2, 10, False)
    assert habits(replace(week, days=6.9), 1_000).is_assumed
    assert habits(Observed(), 1_000).play == timedelta(hours=2)


@pytest.mark.parametrize(
    ("tracked", "targets", "minutes"),
    [
        (PLAYED, 1_000, (15, 65, 1440, 1440)),
        (PLAYED, 100, (15, 65, 75, 75)),
        (LISTED, 100, (15, 15, 15, 15)),
        (LISTED, 1_000, (15, 1440, 1440, 1440)),
        (replace(PLAYED, idle_every=timedelta(minutes=15)), 1_000, (15, 15, 15, 15)),
        (replace(PLAYED, idle_every=timedelta(minutes=30)), 1_000, (15, 30, 30, 30)),
    ],
)
def test_the_longest_delay_of_each_kind_of_change(
    tracked: TrackedPlayer, targets: int, minutes: tuple[int, ...]
) -> None:
    found = worst_delays(tracked, promise_of(tracked, targets), START)
    assert (found.play, found.points_usual, found.points, found.unseen) == tuple(m * MINUTE for m in minutes)
    assert found.revision == found.unseen


@pytest.mark.parametrize("schedule", [QUARTERLY, TWICE])
def test_the_rows_of_a_year(schedule: Schedule) -> None:
    year = year_rows(polls_per_day(schedule), BUSY)
    assert year.runs == polls_per_day(schedule) * 365
    assert (year.snapshots, year.account_snapshots, year.play_sessions) == (20 * 365, 24 * 365, 2 * 365)
    size = RowSize(snapshot=100, run=10, account=1)
    assert year.bytes(size) == pytest.approx(year.snapshots * 100 + year.runs * 10 + 24 * 365)
    bare = year_rows(1, BUSY, unlocks=False, sessions=False)
    assert (bare.unlocks, bare.play_sessions, bare.playtime) == (0, 0, 0)


def test_every_table_counts_in_the_bytes_of_a_year() -> None:
    one = RowSize(1, 1, 1, 1, 1, 1, 1)
    assert Rows(*(1.0,) * 8).bytes(one) == 8
