"""The pages over five months of two players, on each database; only to be read."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.edges.sql_facts import GAP_AFTER, NOW

from .harness import PageClient, served


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    return databases[request.param]


@pytest.fixture(scope="module")
def client(database: Database) -> Iterator[PageClient]:
    with served(Context(Queries(database), lambda: NOW, ZoneInfo("UTC"), GAP_AFTER)) as made:
        yield made
