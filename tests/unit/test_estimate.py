"""Estimates of requests and of stored rows."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.estimate import (
    DEFAULT_CHANGES_PER_DAY,
    BackfillSize,
    RowSize,
    backfill_requests,
    changes_per_day,
    estimated_seconds,
    growth,
    polls_per_day,
    run_requests,
)
from syncer.core.model.player import Player, Target
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RateLimits, RequestBudget
from syncer.core.sync.plan import PlayerState, plan_run
from tests.fakes import START, ULID

TWICE = DailySchedule((time(6), time(18, 30)), ZoneInfo("Europe/Berlin"))
QUARTERLY = IntervalSchedule(timedelta(minutes=15))
TRACKED = TrackedPlayer("Tester", None, (), QUARTERLY, timedelta(minutes=30), played=True, unlocks=True)


def test_polls_per_day() -> None:
    assert polls_per_day(QUARTERLY) == 96
    assert polls_per_day(TWICE) == 2


def test_observed_changes_count_after_enough_days() -> None:
    assert changes_per_day(9, 29) == DEFAULT_CHANGES_PER_DAY
    assert changes_per_day(9, 90) == pytest.approx(0.1)


def test_the_growth_of_a_year() -> None:
    year = growth(500, 0.1, TWICE, RowSize(snapshot=100, run=10))
    assert year.snapshots == pytest.approx(18_250)
    assert year.runs == 730
    assert year.bytes == pytest.approx(18_250 * 100 + 730 * 10)


def test_requests_beyond_the_burst_are_spaced() -> None:
    limits = RateLimits(30, 3)
    assert estimated_seconds(3, limits) == 0
    assert estimated_seconds(13, limits) == pytest.approx(10 * 60 / 27, abs=0.02)


@pytest.mark.parametrize(
    ("played", "unlocks", "known", "expected"),
    [
        (0, 0, None, 2),  # one page of each: it may be empty
        (1200, 30_000, None, 3 + 61),
        (1200, 0, START, 3),  # nothing new, as far as is known
        (1200, 700, START, 3),
    ],
)
def test_the_number_of_backfill_requests(
    played: int, unlocks: int, known: datetime | None, expected: int
) -> None:
    player = Player(1, ULID, "Tester", "Tester", unlocks_synced_until=known)
    size = BackfillSize(played, unlocks)
    assert backfill_requests(player, TRACKED, size, False, START) == expected
    synced = replace(player, library_synced_at=START)
    pages = max(1, -(-played // 500))
    assert backfill_requests(synced, TRACKED, size, False, START) == expected - pages
    listed = backfill_requests(
        player, replace(TRACKED, games=(1,), played=False), size, known is not None, START
    )
    assert listed == 1 + unlocks // 500 + 1  # one page of the listing, for its awards


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        (Player(1, ULID, "Tester", "Tester"), 1 + 1 + 1 + 1),  # profile, listing, polls, unlocks
        (Player(1, ULID, "Renamed", "Tester"), 2 + 1 + 1 + 1),  # the old name may be another player's by now
        (
            Player(1, ULID, "Tester", "Tester", gone_at=START),
            1,
        ),  # the profile: is the player back?
    ],
)
def test_the_number_of_requests_of_a_run(player: Player, expected: int) -> None:
    plan = plan_run(TRACKED, PlayerState(player, (Target(1, START),), None), RequestBudget(), START)
    assert run_requests(plan, TRACKED, BackfillSize(), START) == expected


@pytest.mark.parametrize(
    ("read_at", "has_no_points", "expected"),
    [(None, False, 1), (START - timedelta(minutes=50), False, 0), (None, True, 2)],
)
def test_the_rank_costs_a_request_an_hour_and_one_more_where_there_are_no_points(
    read_at: datetime | None, has_no_points: bool, expected: int
) -> None:
    player = Player(1, ULID, "Tester", "Tester", profile_checked_at=START, rank_read_at=read_at)
    state, size = PlayerState(player, (Target(1, START),), None), BackfillSize(has_no_points=has_no_points)
    requests = [
        run_requests(plan_run(one, state, RequestBudget(), START), one, size, START)
        for one in (TRACKED, replace(TRACKED, rank=True))
    ]
    assert requests[1] - requests[0] == expected


def test_a_player_who_is_configured_twice_costs_no_request() -> None:
    other = replace(TRACKED, username="Renamed", others=frozenset({ULID.lower()}))
    plan = plan_run(other, PlayerState(Player(1, ULID, "Tester", "Tester"), (), None), RequestBudget(), START)
    assert run_requests(plan, other, BackfillSize(), START) == 0


def test_without_unlocks_only_the_library_is_read() -> None:
    player, tracked = Player(1, ULID, "Tester", "Tester"), replace(TRACKED, unlocks=False)
    assert backfill_requests(player, tracked, BackfillSize(played=1200, unlocks=700), True, START) == 3
