"""The client against the faulty site; no test may log the key."""

import logging
from collections.abc import Iterator

import pytest

from syncer.api import RetroAchievements
from syncer.core.clock import SystemClock
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .harness import KEY


@pytest.fixture(autouse=True)
def _the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


@pytest.fixture
def server(world: World) -> Iterator[FaultyServer]:
    with FaultyServer(world, SystemClock()) as server:
        yield server


@pytest.fixture
def ra(server: FaultyServer) -> Iterator[RetroAchievements]:
    with RetroAchievements(
        "Max", KEY, base_url=server.base_url, requests_per_minute=60_000, burst=1000, timeout=5
    ) as ra:
        yield ra
