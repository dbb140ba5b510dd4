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
