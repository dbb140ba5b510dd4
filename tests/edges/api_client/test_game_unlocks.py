"""All unlocks of one game: complete, or rejected."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest

from syncer.api import ApiSource, Client, InMemoryBudget, Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    BatchError,
)
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.demo.world import World
from tests.edges.raw_server import RawServer, answer
from tests.faulty_site import FaultyServer

from .calls import DAY, NOON
from .harness import KEY, ClientHarness

SIX = [1, 2, 3, 4, 5, 10]
EARNED: dict[str, Any] = {
    "AchievementID": 7,
    "GameID": 1,
    "Title": "A",
    "Points": 5,
    "HardcoreMode": 1,
    "Date": "2026-03-01 12:00:00",
    "GameTitle": "One",
    "ConsoleName": "NES",
    "GameIcon": "/Images/1.png",
}


@pytest.fixture
def world() -> World:
    world = World()
    for game_id, title in ((1, "Lantern/Keeper"), (2, "~Hack~ Señor"), (3, "Tiny")):
        world.add_game(title, SIX[: 5 if game_id == 3 else 6], game_id=game_id)
    world.add_account("Max", KEY)
    return world


@pytest.fixture
def server(world: World) -> Iterator[FaultyServer]:
    with FaultyServer(world, SystemClock()) as server:
        yield server


def source_of(server: FaultyServer) -> ApiSource:
    clock = SystemClock()
    limiter = RateLimiter(InMemoryBudget(clock), RateLimits(60_000, 1000), clock)
    return ApiSource(
        Client(Transport(server.base_url, KEY, clock=clock, timeout=5), limiter, "Max", clock=clock)
    )


def test_one_game_has_both_moments_of_an_unlock(server: FaultyServer, world: World) -> None:
    first, second, third = [a.id for a in world.catalogue.games[1].promoted()][:3]
    world.unlock("Max", 1, first, NOON)
    world.unlock("Max", 1, first, NOON + DAY, hardcore=True)
    world.unlock("Max", 1, second, NOON, hardcore=True)
    world.unlock("Max", 1, third, NOON)
    source = source_of(server)
    found = source.game_unlocks("Max", 1)
    assert found
    rows = {(row.achievement_id, row.hardcore, row.unlocked_at) for row in found.rows}
    assert rows == {
        (first, False, NOON),
        (first, True, NOON + DAY),
        (second, True, NOON),
        (third, False, NOON),
    }
    assert (found.counts(), found.info.title) == ((3, 2), "Lantern/Keeper")
    assert source.game_unlocks("Max", 3) == replace(found, info=ANY, rows=(), at=ANY)
    assert source.game_unlocks("Max", 99) is None


GAME = {"Title": "One", "ConsoleID": 7, "ConsoleName": "NES", "ImageIcon": "/Images/1.png"}


@pytest.mark.parametrize(
    "game",
    [
        1,
        {"Title": "One"},
        GAME,  # no achievements at all
        GAME | {"Achievements": [1]},
        GAME | {"Achievements": "none"},
        GAME | {"Achievements": {"1": 7}},
        GAME | {"Achievements": {"1": {"ID": 1, "Title": "A", "Points": 5, "DateEarned": "soon"}}},
        GAME | {"Achievements": {"1": {"Title": "A", "Points": 5, "DateEarned": "2026-03-01 12:00:00"}}},
        GAME | {"Achievements": {"1": EARNED | {"ID": 1, "DateEarned": "2999-03-01 12:00:00"}}},
    ],
)
def test_a_game_that_cannot_be_parsed_completely_has_no_unlocks(game: Any) -> None:
    with RawServer(answer(json.dumps(game))) as server, pytest.raises(BatchError, match="game 1"):
        ClientHarness(server).source.game_unlocks("Max", 1)


def test_an_achievement_that_was_not_earned_is_not_parsed() -> None:
    earned = {"ID": 1, "Title": "A", "Points": 5, "DateEarned": "2026-03-01 12:00:00"}
    game = GAME | {"Achievements": {"1": earned, "2": {"ID": 2, "Title": None, "DateEarned": None}}}
    with RawServer(answer(json.dumps(game))) as server:
        found = ClientHarness(server).source.game_unlocks("Max", 1)
    assert found
    assert found.counts() == (1, 0)


def test_an_empty_map_of_achievements_may_be_a_list() -> None:
    with RawServer(answer(json.dumps(GAME | {"Achievements": []}))) as server:
        found = ClientHarness(server).source.game_unlocks("Max", 1)
    assert found
    assert (found.rows, found.counts()) == ((), (0, 0))
