"""Fixtures that several test modules here share."""

from collections.abc import Iterator

import pytest

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.postgres import Server

from .sql_facts import five_months, write
from .sql_world import START


@pytest.fixture(scope="session")
def databases(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """The same five months in both databases, by dialect; only to be read."""
    file = tmp_path_factory.mktemp("sql") / "syncer.db"
    urls = {"sqlite": f"sqlite:///{file}", "postgresql": postgres_server.create_database()}
    made = {dialect: Database(url) for dialect, url in urls.items()}
    for database in made.values():
        upgrade_schema(database, START)
        write(database, five_months())
    yield made
    for database in made.values():
        database.close()


SLOW = ("test_unlock_totals", "test_unlock_dates", "test_unlock_reading_cost")


@pytest.hookimpl(tryfirst=True)  # before items are selected by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests on PostgreSQL for the soak: the oracle's season runs the same SQL there."""
    for item in items:
        if item.nodeid.partition(".py")[0].endswith(SLOW) and "postgres" in item.name:
            item.add_marker(pytest.mark.soak)
