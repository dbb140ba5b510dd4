"""A small world, a clock that stands still, and the faulty site, for each test of the demo server."""

from collections.abc import Iterator

import pytest

from syncer.demo.models import Account
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY
from .hand_clock import NOON, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world() -> World:
    world = World()
    for game_id, points in ((1, [1, 2, 3]), (2, [5] * 4), (3, [10])):
        world.add_game(f"Game {game_id}", points, game_id=game_id)
    world.add_account("MaxMilyin", KEY)
    world.earn("MaxMilyin", 1, 2, NOON)
    world.earn("MaxMilyin", 2, 4, NOON, hardcore=True)
    return world


@pytest.fixture
def player(world: World) -> Account:
    account = world.resolve("MaxMilyin")
    assert account is not None
    return account


@pytest.fixture
def server(world: World, clock: HandClock) -> Iterator[FaultyServer]:
    with FaultyServer(world, clock) as server:
        yield server
