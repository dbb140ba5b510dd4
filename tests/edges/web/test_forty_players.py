"""The pages of one of 40 players: a search by name, and no statement for each player."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.store.db.account_tables import account_polls
from syncer.store.db.engine import Database
from syncer.store.db.tables import players, runs, targets
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.first_sync import NOW, SMALL, SYNCED, create_first_sync

from .harness import served
from .parsed_page import read
from .test_page_transactions import listening

PLAYERS = 40
PATHS = (
    "/",
    "/games",
    "/changes",
    "/calendar",
    "/review/2026",
    "/sync-health",
    "/players",
    "/?player=player7",
    "/data/version?player=player7",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('forty') / 'syncer.db'}", SMALL)
    polled = {"first_seen_at": SYNCED, "last_seen_at": SYNCED, "poll_count": 1, "promised_seconds": 900}
    with made.writing() as tx:
        for n in range(2, PLAYERS + 1):
            named = {"ulid": f"{n:026}", "username": f"Player{n}", "config_name": f"Player{n}"}
            tx.execute(players.insert().values(id=n, **named, added_at=SYNCED))
            followed = {"source": "played", "failures": 0, "promised_seconds": 900, "added_at": SYNCED}
            tx.execute(targets.insert().values(player_id=n, game_id=1, **followed))
            tx.execute(account_polls.insert().values(player_id=n, **polled, after_gap=False, is_open=True))
        failed = {"trigger": "sync", "outcome": "failed", "error": "no such player"}
        tx.execute(runs.insert().values(started_at=SYNCED + timedelta(minutes=1), **failed))
    yield made
    made.close()


@pytest.mark.parametrize("path", PATHS)
def test_page_asks_nothing_for_each_player(database: Database, path: str) -> None:
    context = Context(Queries(database), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as client, listening(database.reader) as asked:
        assert client.get(path).status_code == 200
    assert asked.transactions == 1
    assert asked.repeated == []
    assert len(asked.statements) < 35


def test_many_players_are_searched_by_name(database: Database) -> None:
    context = Context(Queries(database), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as client:
        page = read(client, "/?player=player7")
        assert "All 40 players" in page.text
        assert page.all("input")[0]["placeholder"] == "Player7"
        assert "no such player" in page.text  # the run that failed is shown next to all of them
        links = [a["href"] or "" for a in page.all("a")]
        assert sum(link.startswith("/?player=") for link in links) < 6
        found = client.get("/data/players", params={"q": "yer1"}).json()["players"]
        assert found == [f"Player{n}" for n in range(10, 20)]


def test_players_are_in_the_order_of_their_numbers_and_the_unknown_come_last(database: Database) -> None:
    context = Context(Queries(database), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as client:
        text = read(client, "/players?sort=name").text
        assert text.index("Player7 ") < text.index("Player11 ") < text.index("Player40 ")
        for order in ("up", "down"):
            # Only one has been unlocking; of the others neither points nor a last unlock are known.
            for sort in ("last", "points"):
                text = read(client, f"/players?sort={sort}&order={order}").text
                assert text.index(" ", text.index("Last unlock")) < text.index("Player2 ")
