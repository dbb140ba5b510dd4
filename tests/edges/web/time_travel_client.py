"""A recording, and a client that asks for its past through /API/."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import requests

from syncer.core.formats.timestamps import format_utc
from syncer.web.api import time_travel
from syncer.web.app.context import Context
from tests.edges.harness import SyncHarness
from tests.edges.unlock_harness import UnlockHarness
from tests.request_log_server import served
from tests.waiting import PATIENCE

PROGRESS = "API_GetUserProgress.php"
PROFILE, POINTS = "API_GetUserProfile.php", "API_GetUserPoints.php"
RECENT = "API_GetUserRecentlyPlayedGames.php"


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

    def account(self, moment: datetime, script: str) -> tuple[Any, str | None]:
        """Return an answer about the account, and its coverage."""
        answer = self.ask(f"u=Tester&at={quote(format_utc(moment))}", script)
        assert (answer.status_code, answer.headers["Syncer-At"]) == (200, format_utc(moment))
        return answer.json(), answer.headers.get("Syncer-Coverage")

    def played(self, moment: datetime, more: str = "") -> list[int]:
        """Return the ids of the games that had been played, in order."""
        answer = self.ask(f"u=Tester&at={quote(format_utc(moment))}{more}", RECENT)
        assert answer.status_code == 200
        return [row["GameID"] for row in answer.json()]


@contextmanager
def served_recording(home: SyncHarness) -> Iterator[TimeTravelClient]:
    context = Context(home.queries, home.clock.now, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context, time_travel.routes) as origin:
        yield TimeTravelClient(home, origin)


def recording(url: str) -> Iterator[TimeTravelClient]:
    home = SyncHarness(url)
    with served_recording(home) as client:
        yield client
    home.close()


def recording_with_unlocks(url: str) -> Iterator[TimeTravelClient]:
    home = UnlockHarness(url, games=(1, 2, 3, 4))  # every six hours
    with served_recording(home) as client:
        yield client
    home.close()
