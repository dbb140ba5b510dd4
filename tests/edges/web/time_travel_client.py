"""A recording, and a client that asks for its past through /API/."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import requests

from syncer.core.formats.timestamps import format_utc
from syncer.web.api import time_travel
from syncer.web.app.context import Context
from tests.edges.harness import SyncHarness
from tests.request_log_server import served
from tests.waiting import PATIENCE

PROGRESS = "API_GetUserProgress.php"


class TimeTravelClient:
    """A client of the time travel endpoint of one recording."""

    def __init__(self, home: SyncHarness, origin: str) -> None:
        self.home, self.origin = home, origin

    def ask(self, query: str, script: str = PROGRESS, method: str = "GET", **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"{self.origin}/API/{script}?{query}", timeout=PATIENCE, **more)

    def at(self, moment: datetime, ids: str, u: str = "Tester") -> tuple[dict[str, int], list[str | None]]:
        """Return what was achieved, by game, and both coverage headers."""
        answer = self.ask(f"u={u}&i={ids}&at={quote(format_utc(moment))}")
        assert answer.status_code == 200
        assert answer.headers["Syncer-At"] == format_utc(moment)
        coverage = [answer.headers.get(f"Syncer-Coverage{end}") for end in ("", "-Games")]
        return {game: six["NumAchieved"] for game, six in answer.json().items()}, coverage


def recording(url: str) -> Iterator[TimeTravelClient]:
    home = SyncHarness(url)
    context = Context(home.queries, home.clock.now, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context, time_travel.routes) as origin:
        yield TimeTravelClient(home, origin)
    home.close()
