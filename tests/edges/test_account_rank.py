"""Rank and points of an account over time: what is stored of the hourly answers, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syncer.store.db.account_tables import account_snapshots, player_jobs
from syncer.store.db.tables import rejections
from syncer.store.db.views import account_history

from .harness import START, SyncHarness
from .test_account_history import rows

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    made.rank = True
    made.world.earn("Tester", 1, 2, START - DAY, hardcore=True)
    made.world.earn("Tester", 2, 1, START - DAY)
    made.poll()
    yield made
    made.close()


def series(home: SyncHarness, measure: str) -> list[tuple[Any, ...]]:
    found = rows(home, account_snapshots, "measure", "value", "poll_count", "after_gap", "promised_seconds")
    return [row[1:] for row in found if row[0] == measure]


def live(home: SyncHarness, length: timedelta, step: timedelta = HOUR) -> None:
    for _ in range(round(length / step)):
        home.clock.pass_by(step.total_seconds())
        home.poll()


def test_the_sums_and_the_rank_are_extended_hourly_and_promised_in_an_hour(home: SyncHarness) -> None:
    (rank,) = series(home, "rank")
    assert (rank[1:], home.source.rank_requests) == ((1, False, 3600), 1)
    live(home, 3 * HOUR, QUARTER)
    assert home.source.rank_requests == 4
    assert series(home, "rank") == [(rank[0], 4, False, 3600)]
    assert series(home, "hardcore_points") == [(15, 5, False, 3600)]  # and once by the profile
    assert series(home, "softcore_points") == [(5, 5, False, 3600)]


def test_what_changed_begins_a_row_and_the_others_go_on(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    live(home, HOUR)
    ranks = series(home, "rank")
    assert [row[0] for row in series(home, "hardcore_points")] == [15, 40]
    assert len(series(home, "softcore_points")) == 1
    assert len(ranks) == 2
    assert ranks[1][0] < ranks[0][0]
    history = rows(home, account_history, "hardcore_points", "softcore_points", "rank")
    assert history[-1] == (40, 5, ranks[1][0])


def test_a_night_without_a_process_is_a_gap_of_each_measure(home: SyncHarness) -> None:
    home.clock.pass_by(8 * 3600)
    home.poll()
    for measure in ("hardcore_points", "softcore_points", "rank"):
        assert [row[2] for row in series(home, measure)] == [False, True]


def test_when_it_was_read_is_stored_with_the_answer(home: SyncHarness) -> None:
    found = rows(home, player_jobs, "kind", "last_at")
    (last_seen,) = {
        row[0] for row in rows(home, account_snapshots, "last_seen_at", "measure") if row[1] == "rank"
    }
    assert ("check", last_seen) in found
    assert home.player.rank_read_at == last_seen


def test_zeros_that_the_points_contradict_are_kept_as_evidence_and_nothing_of_them_is_stored(
    home: SyncHarness,
) -> None:
    before = series(home, "rank")
    home.source.denies_rank = True
    live(home, 8 * HOUR)  # longer than zeros that agree would need
    assert series(home, "rank") == before
    assert series(home, "hardcore_points") == [(15, 10, False, 3600)]  # by the points
    kept = rows(home, rejections, "endpoint", "reason", "game_id", "poll_count", "confirmed_at")
    assert kept == [("GetUserRankAndScore", "suspect_zero", None, 1, None)] * 8
    assert None not in [row[0] for row in rows(home, rejections, "ended_at")]


def test_zeros_that_the_points_confirm_are_one_series_and_accepted_after_six_hours(home: SyncHarness) -> None:
    home.world.reset_game("Tester", 1)
    home.world.reset_game("Tester", 2)
    live(home, 5 * HOUR)
    columns = ("endpoint", "poll_count", "confirmed_at", "ended_at")
    assert rows(home, rejections, *columns) == [("GetUserRankAndScore", 5, None, None)]
    assert [row[0] for row in series(home, "hardcore_points")] == [15]
    live(home, 2 * HOUR)
    assert [row[0] for row in series(home, "hardcore_points")] == [15, 0]
    assert len(series(home, "rank")) == 2
    assert rows(home, rejections, "confirmed_at") != [(None,)]


def test_a_profile_keeps_the_rank_and_promises_only_what_it_returns(home: SyncHarness) -> None:
    rank = series(home, "rank")
    syncer = home.syncer
    syncer.check_profile = True
    home.clock.pass_by(60)
    syncer.run_once("test")
    assert series(home, "rank") == rank
    assert series(home, "hardcore_points") == [(15, 3, False, 3600)]
