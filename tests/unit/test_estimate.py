"""The requests of the next run, and whether the request budget allows those of a day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncer.core.estimate.load import budget_share, estimated_seconds, needed_per_minute
from syncer.core.estimate.next_run import BackfillSize, after_probe, backfill_requests, run_requests
from syncer.core.model.job import Job, JobKind
from syncer.core.model.player import Player, Target
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RateLimits, RequestBudget
from syncer.core.sync.plan import PlayerState, plan_run
from tests.fakes import START, ULID

QUARTERLY = IntervalSchedule(timedelta(minutes=15))
TRACKED = TrackedPlayer("Tester", None, (), QUARTERLY, timedelta(minutes=30), played=True, unlocks=True)


def test_requests_beyond_the_burst_are_spaced() -> None:
    limits = RateLimits(30, 3)
    assert estimated_seconds(3, limits) == 0
    assert estimated_seconds(13, limits) == pytest.approx(10 * 60 / 27, abs=0.02)


def test_a_budget_is_too_small_for_more_than_it_refills_in_a_day() -> None:
    limits = RateLimits(30, 3)
    in_a_day = 27 * 60 * 24
    assert budget_share(in_a_day, limits) == pytest.approx(1, abs=0.001)
    assert needed_per_minute(in_a_day, limits) == pytest.approx(30)
    assert budget_share(in_a_day, RateLimits(needed_per_minute(in_a_day, limits), 3)) <= 1.001


@pytest.mark.parametrize(
    ("played", "unlocks", "known", "expected"),
    [
        (0, 0, None, 2),  # one page of each: it may be empty
        (1200, 30_000, None, 3 + 61),
        (1200, 0, START, 3),  # the new ones are read after a change, or once a day
        (1200, 700, START - timedelta(days=2), 3 + 2),  # the backfill was interrupted
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
    listed = backfill_requests(player, replace(TRACKED, games=(1,), played=False), size, True, START)
    assert listed == 1 + unlocks // 500 + 1  # one page of the listing, for its awards


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        (
            Player(1, ULID, "Tester", "Tester"),
            1 + 1 + 2 + 1 + 1,
        ),  # profile, listing, recently played, polls, unlocks
        (
            Player(1, ULID, "Renamed", "Tester"),
            2 + 1 + 2 + 1 + 1,
        ),  # the old name may be another player's by now
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


MANY = tuple(
    Target(n, None, 86_400, last_seen_at=START - timedelta(hours=1), source="played") for n in range(1, 301)
)
SWEPT = replace(TRACKED, idle_every=timedelta(days=1))
SYNCED = Player(
    *(1, ULID, "Tester", "Tester"),
    profile_checked_at=START,
    library_synced_at=START,
    unlocks_synced_until=START,
    rank_read_at=START,
    listing_whole_at=START,
)


def requests_of(tracked: TrackedPlayer, state: PlayerState, size: BackfillSize, *, due: bool = True) -> int:
    plan = plan_run(tracked, state, RequestBudget(), START, only_due=due)
    return run_requests(plan, tracked, size, START)


def test_a_run_costs_its_probe_and_its_part_of_all_played_games() -> None:
    probed = Job(START - timedelta(minutes=15))
    read = {JobKind.SWEEP: Job(START), JobKind.PROBE: probed, JobKind.RECENT_WHOLE: Job(START)}
    size = BackfillSize(played=300)
    assert requests_of(SWEPT, PlayerState(SYNCED, MANY, jobs=read), size) == 1
    swept = PlayerState(SYNCED, MANY, jobs=read | {JobKind.SWEEP: Job(START - timedelta(hours=8))})
    assert requests_of(SWEPT, swept, size) == 1 + 1
    monthly = PlayerState(SYNCED, MANY, jobs=read | {JobKind.RECENT_WHOLE: Job()})
    assert requests_of(SWEPT, monthly, size) == 1 + 7  # of 50 rows; the last one is empty
    resumed = PlayerState(SYNCED, MANY, jobs=read | {JobKind.RECENT_WHOLE: Job(cursor="250")})
    assert requests_of(SWEPT, resumed, size) == 1 + 2
    assert requests_of(SWEPT, monthly, BackfillSize(played=9_000)) == 1 + 20


def test_a_check_is_counted_where_the_points_are_due() -> None:
    jobs = {JobKind.SWEEP: Job(START), JobKind.RECENT_WHOLE: Job(START)}
    state = PlayerState(replace(SYNCED, rank_read_at=START - timedelta(hours=1)), MANY, jobs=jobs)
    assert requests_of(SWEPT, state, BackfillSize(played=300)) == 1 + 1
    zeros = BackfillSize(played=300, has_no_points=True)
    assert requests_of(SWEPT, state, zeros) == 1 + 1  # without rank the points prove themselves
    assert requests_of(replace(SWEPT, rank=True), state, zeros) == 1 + 2


def test_a_run_that_comes_after_a_gap_reads_the_unlocks() -> None:
    old = tuple(target._replace(last_seen_at=START - timedelta(days=2)) for target in MANY)
    jobs = {JobKind.SWEEP: Job(START), JobKind.RECENT_WHOLE: Job(START)}
    assert requests_of(SWEPT, PlayerState(SYNCED, old, jobs=jobs), BackfillSize()) == 1 + 3 + 1


def test_what_the_probe_reads_is_not_polled_again() -> None:
    late = tuple(t._replace(promised_seconds=900) for t in MANY[:40])
    state = PlayerState(SYNCED, late, jobs={JobKind.RECENT_WHOLE: Job(START)})
    tracked = replace(TRACKED, sessions=True)
    plan = plan_run(tracked, state, RequestBudget(), START, only_due=True)
    assert (plan.probes, len(plan.polls.batches)) == (True, 1)
    probed = after_probe(state, plan, range(1, 41), START)
    assert plan_run(tracked, probed, RequestBudget(), START, only_due=True).polls.batches == ()
