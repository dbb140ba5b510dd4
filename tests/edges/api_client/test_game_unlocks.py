"""All unlocks of one game: complete, or rejected."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest

from syncer.api import ApiSource, Client, InMemoryBudget, Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    BatchError,
)
from syncer.core.model.account import ListedAward
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
    unearned = replace(found, info=ANY, rows=(), at=ANY, award=ListedAward(3, None))
    assert source.game_unlocks("Max", 3) == unearned
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
    ],
)
def test_a_game_without_achievements_is_rejected(game: Any) -> None:
    with RawServer(answer(json.dumps(game))) as server, pytest.raises(BatchError, match="game 1"):
        ClientHarness(server).source.game_unlocks("Max", 1)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (7, "not a map of fields"),
        ({"ID": 2, "Title": "A", "Points": 5, "DateEarned": "soon"}, "DateEarned: not a date with a time"),
        ({"ID": 2, "DateEarned": "2999-03-01 12:00:00"}, "an unlock in the future"),
    ],
)
def test_an_achievement_that_cannot_be_parsed_is_kept_beside_the_others(entry: Any, message: str) -> None:
    good = {"ID": 1, "Title": "A", "Points": 5, "DateEarned": "2026-03-01 12:00:00"}
    game = GAME | {"Achievements": {"1": good, "2": entry}}
    with RawServer(answer(json.dumps(game))) as server:
        found = ClientHarness(server).source.game_unlocks("Max", 1)
    assert found
    assert [row.achievement_id for row in found.rows] == [1]
    assert [one.message for one in found.unreadable] == [message]


def test_the_key_of_an_achievement_is_its_id_too() -> None:
    entry = {"ID": None, "Title": None, "Points": None, "DateEarned": "2026-03-01 12:00:00"}
    with RawServer(answer(json.dumps(GAME | {"Achievements": {"12": entry}}))) as server:
        found = ClientHarness(server).source.game_unlocks("Max", 1)
    assert found
    assert [(row.achievement_id, row.title, row.points) for row in found.rows] == [(12, "", None)]


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
