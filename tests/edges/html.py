"""A short history with all that pages show, and a real server for them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from starlette.requests import Request

from syncer.store.db.tables import games, players, unlocks
from syncer.web.app.application import create_app
from syncer.web.app.context import Context
from syncer.web.app.player_request import PlayerRequest
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes

from .harness import START, SyncHarness

HOSTILE = """</script><img src=x onerror="alert(1)">'"><svg/onload=alert(2)>&amp;{{ 7*7 }}\u202e"""
ZONE = ZoneInfo("Europe/Berlin")
GAP = timedelta(minutes=30)
HOURS = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def lived(url: str) -> SyncHarness:
    """A day: unlocks, a reset, a revised set, a night in which nobody looked, a game nobody plays."""
    home = SyncHarness(url, games=(1, 2, 3, 5))
    home.poll()
    home.live(3 * HOURS, QUARTER)
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 2, home.clock.now())
    home.live(2 * HOURS, QUARTER)
    home.clock.pass_by(12 * 3600)
    home.poll()
    home.world.reset_game("Tester", 2)
    home.live(HOURS, QUARTER)
    home.world.add_achievements(1, [10])
    home.live(2 * HOURS, QUARTER)
    with home.database.writing() as tx:
        tx.execute(
            games.update().where(games.c.id == 1).values(title=HOSTILE, icon_path="/Images/000001.png")
        )
        tx.execute(games.update().where(games.c.id == 2).values(title="Łódź 2", console_name="NES"))
        tx.execute(games.insert().values(id=6))  # played, and not followed
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
        tx.execute(unlocks.insert(), [*(unlock(number) for number in range(4)), unlock(9) | {"game_id": 6}])
    return home


def unlock(number: int) -> dict[str, Any]:
    """Each in another of the four nights before; the last one is gone again."""
    at = START - timedelta(days=number, hours=13.5)
    row: dict[str, Any] = {
        "player_id": 1,
        "achievement_id": number + 1,
        "hardcore": number == 0,
        "game_id": 1,
    }
    row |= {
        "unlocked_at": at,
        "points": 30 if number == 2 else 10,
        "title": HOSTILE,
        "first_seen_at": START,
        "source": "backfill",
    }
    return row | {"gone_at": START if number == 3 else None}


def context_of(home: SyncHarness) -> Context:
    return Context(home.queries, home.clock.now, ZONE, GAP)


@contextmanager
def served(context: Context, hosts: Sequence[str] = (), **changes: Any) -> Iterator["Browser"]:
    app = create_app(replace(context, **changes), routes(), hosts)
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        session.trust_env = False
        yield Browser(server, session)


class Browser:
    def __init__(self, server: PageServer, session: requests.Session) -> None:
        self.server, self._session = server, session

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return self._session.request(method, self.server.address + path.removeprefix("/"), timeout=10, **more)


def visiting(context: Context, **changes: Any) -> PlayerRequest:
    """A request about the first player, without its server."""
    here = replace(context, **changes)
    everybody = tuple(here.queries.players.select())
    return PlayerRequest(
        Request({"type": "http", "query_string": b""}), here, everybody[0], everybody, here.now()
    )
