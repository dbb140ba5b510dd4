"""Fixtures that several test modules here share."""

from collections.abc import Iterator

import pytest

from syncer.store.db.engine import Database
from tests.postgres import Server

from .harness import SyncHarness
from .sql_facts import database_of_five_months


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """A player whose games were polled once; a module may have another fixture of this name."""
    made = SyncHarness(database_url)
    made.poll()
    yield made
    made.close()


@pytest.fixture(scope="session")
def databases(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """The same five months in both databases, by dialect; only to be read."""
    file = tmp_path_factory.mktemp("sql") / "syncer.db"
    urls = {"sqlite": f"sqlite:///{file}", "postgresql": postgres_server.create_database()}
    made = {dialect: database_of_five_months(url) for dialect, url in urls.items()}
    yield made
    for database in made.values():
        database.close()


# Files whose rules are those of the core or of the pages, not of a dialect.
SLOW = (
    *("test_unlock_totals", "test_unlock_dates", "test_unlock_reading_cost"),
    *("test_mass_drops", "test_sequences", "test_suspect_polls", "test_account_history", "test_events"),
    *("edges/test_restored", "test_player_changes", "test_what_counts"),
    *("test_time_travel_moments", "test_time_travel_account", "test_time_travel_played"),
)
WITHOUT_POSTGRES = SLOW[:3]  # the oracle's season runs the same SQL there


# The same of files in which the tests that stay are marked: they run each statement there that others run.
MARKED = ("test_account_check", "test_changed_schedule", "test_digests", "test_play")


@pytest.hookimpl(tryfirst=True)  # before items are selected by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests on PostgreSQL for the soak; of each file the first stays, or those marked."""
    seen: set[str] = set()
    for item in items:
        file = item.nodeid.partition(".py")[0]
        if "postgres" not in item.name:
            continue
        if file.endswith(SLOW):
            if file in seen or file.endswith(WITHOUT_POSTGRES):
                item.add_marker(pytest.mark.soak)
            seen.add(file)
        elif file.endswith(MARKED) and not item.get_closest_marker("on_postgres"):
            item.add_marker(pytest.mark.soak)
