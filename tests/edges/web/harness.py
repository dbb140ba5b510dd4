"""A short history that shows everything the pages can show, and the real server for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from starlette.requests import Request
from starlette.routing import BaseRoute

from syncer.store.db.tables import games, players, unlocks
from syncer.web.app.application import LOCAL, Access, create_app
from syncer.web.app.context import Context
from syncer.web.app.player_request import PlayerRequest
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.edges.harness import START, SyncHarness
from tests.waiting import PATIENCE

HOSTILE = """</script><img src=x onerror="alert(1)">'"><svg/onload=alert(2)>&amp;{{ 7*7 }}\u202e"""
ZONE = ZoneInfo("Europe/Berlin")
GAP_AFTER = timedelta(minutes=30)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def record_day(url: str) -> SyncHarness:
    """Return a recorded day: unlocks, a reset, a revised set, a night without polling, an unplayed game."""
    home = SyncHarness(url, games=(1, 2, 3, 5))
    home.poll()
    home.live(3 * HOUR, QUARTER)
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 2, home.clock.now())
    home.live(2 * HOUR, QUARTER)
    home.clock.pass_by(12 * 3600)
    home.poll()
    home.world.reset_game("Tester", 2)
    home.live(HOUR, QUARTER)
    home.world.add_achievements(1, [10])
    home.live(2 * HOUR, QUARTER)
    _add_titles_and_unlocks(home)
    return home


def _add_titles_and_unlocks(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(
            games.update().where(games.c.id == 1).values(title=HOSTILE, icon_path="/Images/000001.png")
        )
        tx.execute(games.update().where(games.c.id == 2).values(title="Łódź 2", console_name="NES"))
        tx.execute(games.insert().values(id=6))  # played, but not followed
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
        tx.execute(unlocks.insert(), [*(unlock(number) for number in range(4)), unlock(9) | {"game_id": 6}])


def unlock(number: int) -> dict[str, Any]:
    """Return an unlock of one of the four nights before; the fourth one is removed again."""
    return {
        "player_id": 1,
        "achievement_id": number + 1,
        "hardcore": number == 0,
        "game_id": 1,
        "unlocked_at": START - timedelta(days=number, hours=13.5),
        "points": 30 if number == 2 else 10,
        "title": HOSTILE,
        "first_seen_at": START,
        "source": "backfill",
        "gone_at": START if number == 3 else None,
    }


def context_of(home: SyncHarness) -> Context:
    return Context(home.queries, home.clock.now, ZONE, GAP_AFTER)


class PageClient:
    """A client of a running page server."""

    def __init__(self, server: PageServer, session: requests.Session) -> None:
        self.server, self._session = server, session

    @property
    def origin(self) -> str:
        """The address without a slash at its end."""
        return self.server.address.rstrip("/")

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.request("GET", path, **more)

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        url = self.server.address + path.removeprefix("/")
        return self._session.request(method, url, timeout=PATIENCE, **more)


@contextmanager
def served(
    context: Context, access: Access = LOCAL, more: Sequence[BaseRoute] = (), **changes: Any
) -> Iterator[PageClient]:
    """Serve the pages of a context, with some of its fields changed, and more routes."""
    app = create_app(replace(context, **changes), [*routes(), *more], access)
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        session.trust_env = False
        yield PageClient(server, session)


def view_of(context: Context, **changes: Any) -> PlayerRequest:
    """Return a request about the first player, without a server."""
    changed = replace(context, **changes)
    all_players = tuple(changed.queries.players.select())
    request = Request({"type": "http", "query_string": b""})
    return PlayerRequest(request, changed, all_players[0], all_players, changed.now())
