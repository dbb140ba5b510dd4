"""A recorded day and its pages, for all tests that only read them."""

from collections.abc import Iterator

import pytest

from tests.edges.harness import SyncHarness

from .harness import PageClient, context_of, record_day, served
from .time_travel_client import TimeTravelClient, recording, recording_with_unlocks


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    recorded = record_day(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'syncer.db'}")
    yield recorded
    recorded.close()


@pytest.fixture(scope="package")
def client(home: SyncHarness) -> Iterator[PageClient]:
    with served(context_of(home)) as client:
        yield client


@pytest.fixture
def each_client(database_url: str) -> Iterator[TimeTravelClient]:
    """Return a client on SQLite, and one on PostgreSQL."""
    yield from recording(database_url)


@pytest.fixture
def with_unlocks(database_url: str) -> Iterator[TimeTravelClient]:
    """Return a client of a player whose unlocks are read, on each database."""
    yield from recording_with_unlocks(database_url)
