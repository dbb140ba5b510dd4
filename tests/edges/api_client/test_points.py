"""The account's sums and its rank, against the simulated site, and what it says of an unknown player."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.api import RetroAchievements
from syncer.core.errors import BatchError, PlayerNotFound, SiteUnavailable
from syncer.core.model.account import Measure, RankAndScore
from syncer.core.model.mass_drop import AccountSums
from syncer.demo.rankings import OTHERS
from syncer.demo.world import World
from tests.edges.demo.hand_clock import HandClock
from tests.edges.raw_server import RawServer, answer
from tests.faulty_site import FaultyServer

from .calls import NOON
from .harness import KEY, ClientHarness

RANKED = {"Score": 60, "SoftcoreScore": 35, "Rank": 4711, "TotalRanked": 84_000}


@pytest.fixture
def world() -> World:
    world = World()
    world.add_game("One", [5, 10], game_id=1)
    world.add_game("Two", [25], game_id=2)
    world.add_game("An event", [50], game_id=3, console="Events")
    world.add_account("Max", KEY)
    return world


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def server(world: World, clock: HandClock) -> Iterator[FaultyServer]:
    with FaultyServer(world, clock) as server:
        yield server


def test_profile_points_and_score_are_the_same_sums(ra: RetroAchievements, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.earn("Max", 2, 1, NOON, hardcore=True)
    world.earn("Max", 3, 1, NOON, hardcore=True)  # events are in no sum
    sums = AccountSums(hardcore=25, softcore=5)
    assert ra.get_user_points("Max") == ra.get_user_profile("Max").sums == sums
    ranked = ra.get_user_rank_and_score("Max")
    assert (ranked.sums, ranked.total_ranked, ranked.is_rank_known) == (sums, OTHERS, True)
    assert ranked.rank is not None
    assert 1 < ranked.rank < OTHERS
    assert ranked.at
    assert ranked.date


def test_the_rank_can_be_a_quarter_of_an_hour_older_than_the_points(
    ra: RetroAchievements, world: World, clock: HandClock
) -> None:
    before = ra.source.rank_and_score("Max")
    world.earn("Max", 2, 1, NOON, hardcore=True)
    after = ra.source.rank_and_score("Max")
    assert (after.sums.hardcore, after.rank) == (25, before.rank)
    clock.moment += timedelta(minutes=15)
    later = ra.source.rank_and_score("Max").rank
    assert later is not None
    assert before.rank is not None
    assert later < before.rank


def test_points_without_the_rank_are_the_same_sums(ra: RetroAchievements, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    found = ra.source.rank_and_score("Max", with_rank=False)
    assert (found.sums, found.rank, found.is_rank_known) == (AccountSums(0, 5), None, False)


def test_a_player_without_a_rank_keeps_the_points(
    ra: RetroAchievements, world: World, server: FaultyServer
) -> None:
    world.earn("Max", 2, 1, NOON, hardcore=True)
    server.fault = "unranked"
    found = ra.get_user_rank_and_score("Max")
    assert (found.sums, found.rank, found.is_rank_known) == (AccountSums(25, 0), None, True)
    assert found.measures[Measure.RANK] is None


def test_an_unknown_player_has_zeros_for_a_rank_and_404_for_points(
    ra: RetroAchievements, server: FaultyServer
) -> None:
    unknown = ra.source.rank_and_score("Nobody")
    assert (unknown.sums, unknown.rank) == (AccountSums(0, 0), None)  # and status 200
    with pytest.raises(PlayerNotFound):
        ra.source.rank_and_score("Nobody", with_rank=False)
    for call in (ra.get_user_points, ra.get_user_rank_and_score):
        with pytest.raises(PlayerNotFound):
            call("Nobody")
    server.fault = "unknown_player"
    with pytest.raises(PlayerNotFound):
        ra.get_user_points("Max")
    assert ra.source.rank_and_score("Max").sums == AccountSums(0, 0)


@pytest.mark.parametrize("value", ["x", "", 0, -1, 1.5, True, [], {}, 2**40])
def test_a_rank_that_cannot_be_read_costs_the_rank_alone(value: object) -> None:
    with RawServer(answer(json.dumps({**RANKED, "Rank": value}))) as server:
        found = ClientHarness(server).source.rank_and_score("Max")
    assert (found.sums, found.rank, found.is_rank_known) == (AccountSums(60, 35), None, False)
    assert Measure.RANK not in found.measures


@pytest.mark.parametrize(
    "body",
    [
        *({**RANKED, name: value} for name in ("Score", "SoftcoreScore") for value in (None, -1, 1.5, True)),
        {"Score": 60, "Rank": 1},
        [],
        {},
        "60",
        None,
    ],
)
def test_points_that_cannot_be_read_are_no_answer(body: object) -> None:
    with RawServer(answer(json.dumps(body))) as server, pytest.raises(BatchError, match="points") as caught:
        ClientHarness(server).source.rank_and_score("Max")
    assert caught.value.raw


def test_points_may_be_strings_of_digits() -> None:
    body = {"Score": "60", "SoftcoreScore": "35", "Rank": "4711", "TotalRanked": "84000", "New": []}
    with RawServer(answer(json.dumps(body))) as server:
        found = ClientHarness(server).source.rank_and_score("Max")
    assert found == RankAndScore(AccountSums(60, 35), 4711, True, 84_000, found.date, found.at)


@pytest.mark.parametrize("body", ["<h1>Not Found</h1>", '{"message":"Not Found"}'])
def test_any_other_404_of_the_points_means_the_site_is_unavailable(body: str) -> None:
    with RawServer(answer(body, "404 Not Found")) as server, pytest.raises(SiteUnavailable):
        ClientHarness(server).source.rank_and_score("Max", with_rank=False)
