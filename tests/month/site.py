"""The simulated site in this process: without a socket, with a log of all requests."""

import heapq
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

from syncer.api.transport import RawResponse
from syncer.demo import handlers
from syncer.demo.request import ApiRequest
from syncer.demo.response import ApiReply
from tests.fakes import FakeClock

from .faults import Faults
from .handlers import OWN, Listing
from .jobs import Job
from .record import Check
from .world import KEY, MonthWorld

SECONDS_PER_ANSWER = 0.15
RUN = "core/sync/run.py"
CHECKS = {
    "GetUserRankAndScore": ("Score", "SoftcoreScore"),
    "GetUserPoints": ("Points", "SoftcorePoints"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that reached the site; `status` 0: it failed on the way.

    `step`: of the run that sent it.
    """

    at: datetime
    endpoint: str
    params: Mapping[str, str]
    status: int = 0
    bytes: int = 0
    step: str = ""


class MonthSite:
    """Answers requests from the world, after all that is due until then has happened."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.world = MonthWorld()
        self.faults = Faults()
        self.log: list[Sent] = []
        self._calendar: list[tuple[datetime, int, Job]] = []
        self._numbers, self._listing = count(), Listing()

    def at(self, moment: datetime, job: Job) -> None:
        """Let something happen; what is planned for one moment happens in the order of these calls."""
        heapq.heappush(self._calendar, (moment, next(self._numbers), job))

    def advance(self, to: datetime) -> None:
        """Let all happen that is due."""
        while self._calendar and self._calendar[0][0] <= to:
            moment, _, job = heapq.heappop(self._calendar)
            job(moment)

    def transport(self, base_url: str, key: str, **settings: Any) -> "MonthTransport":
        """Return what takes the place of the product's HTTP transport."""
        return MonthTransport(self, settings["timeout"])

    def respond(self, path: str, params: Mapping[str, str], timeout: float) -> RawResponse:
        endpoint = path.removeprefix("API_").removesuffix(".php")
        self.clock.pass_by(SECONDS_PER_ANSWER)
        now = self.clock.now()
        self.advance(now)
        try:
            reply = self.faults.reply(self.clock, path, params, timeout) or self._answer(path, params, now)
        except Exception:
            self.log.append(Sent(now, endpoint, dict(params), step=step_of_run()))
            raise
        if reply.status == 200 and endpoint in CHECKS:
            self._note(reply, CHECKS[endpoint], now)
        size = len(reply.body)
        self.log.append(Sent(now, endpoint, dict(params), reply.status, size, step_of_run()))
        headers = {
            "Content-Type": reply.content_type,
            "Date": format_datetime(now.replace(microsecond=0), True),
        }
        headers |= {name: value for name, value in reply.headers.items() if value is not None}
        return RawResponse(reply.status, headers, reply.body, True, now)

    def _answer(self, path: str, params: Mapping[str, str], now: datetime) -> ApiReply:
        request = ApiRequest(f"/API/{path}", urlencode({**params, "y": KEY}, safe=","))
        if path == "API_GetUserCompletionProgress.php":
            return self._listing(self.world, request, now)
        own = OWN.get(path)
        return own(self.world, request, now) if own else handlers.handle(self.world, request, now)

    def _note(self, reply: ApiReply, names: tuple[str, str], now: datetime) -> None:
        hardcore, softcore = (reply.data[name] for name in names)
        is_late = self.world.totals != self.world.row_sums
        self.world.record.checks.append(Check(now, hardcore, softcore, is_late))


def step_of_run() -> str:
    """Return the name of the step that sends the present request: what SyncRun.execute has called."""
    frame, step = sys._getframe(1), ""
    while frame.f_back:
        step, frame = frame.f_code.co_name, frame.f_back
        if frame.f_code.co_name == "execute" and frame.f_code.co_filename.endswith(RUN):
            return step
    return ""


class MonthTransport:
    """The product's way to the site."""

    def __init__(self, site: MonthSite, timeout: float) -> None:
        self._site, self.timeout = site, timeout

    def get(self, path: str, params: Mapping[str, str]) -> RawResponse:
        return self._site.respond(path, params, self.timeout)
