"""Two players whose names differ by case only, as after a new name: each has its pages, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.store.db.engine import Database
from syncer.store.db.tables import games, players, targets
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.edges.harness import START
from tests.migrated import prepare

from .harness import PageClient, served

NAMES = ("Alice", "alice")


@pytest.fixture
def queries(database_url: str) -> Iterator[Queries]:
    database = Database(database_url)
    prepare(database, START)
    with database.writing() as tx:
        tx.execute(games.insert().values(id=1))
        for number, name in enumerate(NAMES, 1):
            named = {"ulid": f"{number:026}", "username": name, "config_name": name}
            tx.execute(players.insert().values(id=number, **named, added_at=START))
            followed = {"source": "config", "failures": 0, "added_at": START}
            tx.execute(targets.insert().values(player_id=number, game_id=1, **followed))
    yield Queries(database)
    database.close()


@pytest.fixture
def client(queries: Queries) -> Iterator[PageClient]:
    with served(Context(queries, lambda: START, ZoneInfo("UTC"), timedelta(minutes=30))) as made:
        yield made


def test_each_of_two_names_has_its_pages(client: PageClient) -> None:
    for name, other in (NAMES, NAMES[::-1]):
        assert f"<h1>{name}</h1>" in client.get("/", params={"player": name}).text
        compared = client.get("/compare", params={"player": name, "with": other})
        assert f"<h1>{name} and {other}</h1>" in compared.text
        found = client.get("/players", params={"q": name}, allow_redirects=False)
        assert found.headers["location"].endswith(f"player={name}")
    both = client.get("/players", params={"q": "ALICE"}, allow_redirects=False)
    assert both.status_code == 200
    assert "2 players" in both.text


def test_an_open_page_watches_its_own_player(queries: Queries) -> None:
    for number, name in enumerate(NAMES, 1):
        row = queries.version.of(name)
        assert row
        assert row["ulid"] == f"{number:026}"
