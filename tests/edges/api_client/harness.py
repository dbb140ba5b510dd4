"""A client of a scripted server, with a clock that does not wait and a limiter that counts."""

import json
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from syncer.api import RetroAchievements
from syncer.api.client import Client
from syncer.api.source import ApiSource
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import SiteUnavailable, SyncerError
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from tests.edges.raw_server import JSON_HEAD, RawServer, Script, answer
from tests.fakes import MemoryBudget

KEY = "canary0000111122223333444455556a"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ENTRY = {
    "NumPossibleAchievements": 30,
    "PossibleScore": 400,
    "NumAchieved": 12,
    "ScoreAchieved": 95,
    "NumAchievedHardcore": 7,
    "ScoreAchievedHardcore": 60,
}
READ = Progress(30, 400, 12, 95, 7, 60)
CUT: Script = (JSON_HEAD + b"Content-Length: 99\r\n\r\n{}",)
GOOD = answer(json.dumps({"1": ENTRY}))
FAST = RateLimits(requests_per_minute=60_000, burst=3)


class NoWaitClock(SystemClock):
    """Does not wait, but records each wait, and is later by it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = list[float]()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=sum(self.waits))

    def wait(self, seconds: float) -> None:
        super().wait(0)  # raises Cancelled
        self.waits.append(max(0.0, seconds))


class CountingLimiter(RateLimiter):
    taken = 0

    def acquire(self) -> None:
        super().acquire()
        self.taken += 1


class ClientHarness:
    """A client of a server that plays scripts."""

    def __init__(self, server: RawServer, clock: SystemClock | None = None, *, timeout: float = 5.0) -> None:
        self.server, self.clock = server, clock or NoWaitClock()
        self.budget = MemoryBudget(self.clock)
        self.limiter = CountingLimiter(self.budget, FAST, self.clock)
        transport = Transport(f"http://127.0.0.1:{server.port}/API", KEY, clock=self.clock, timeout=timeout)
        self.source = ApiSource(Client(transport, self.limiter, "Owner", clock=self.clock, rng=Random(1)))

    @property
    def waits(self) -> list[float]:
        assert isinstance(self.clock, NoWaitClock)
        return [w for w in self.clock.waits if w > 0.2]  # shorter ones are the spacing of slots

    def progress(self, ids: Sequence[int] = (1,)) -> ProgressResponse:
        return self.source.progress("Max", ids)

    def fails(self, kind: type[SyncerError]) -> Any:
        with pytest.raises(SyncerError) as caught:
            self.progress()
        assert type(caught.value) is kind or (
            kind is SiteUnavailable and isinstance(caught.value, SiteUnavailable)
        )
        assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
        return caught.value


def failed(kind: type[SyncerError], script: Script) -> Any:
    """Return the error of a server that always plays this script, after a single request."""
    with RawServer(script) as server:
        client = ClientHarness(server)
        error = client.fails(kind)
        assert len(server.requests) == client.source.requests == client.limiter.taken == 1
        return error


def library(server: RawServer, **options: Any) -> RetroAchievements:
    options = {"requests_per_minute": 60_000, "timeout": 5.0, **options}
    return RetroAchievements("Owner", KEY, base_url=f"http://127.0.0.1:{server.port}/API", **options)
