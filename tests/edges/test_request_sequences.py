"""Each attempt over the wire is told once, with what came of it, and without the key."""

import contextlib
from random import Random

import pytest

from syncer.api.client import Client
from syncer.api.source import ApiSource
from syncer.api.transport import Transport
from syncer.core.errors import ApiError
from syncer.core.events import Event, RequestCompleted
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import MemoryBudget

from .raw_server import End, RawServer, Script, answer
from .test_client import CUT, FAST, GOOD, KEY, HurriedClock


def heard(*scripts: Script) -> list[RequestCompleted]:
    events, clock = list[Event](), HurriedClock()
    with RawServer(*scripts) as server:
        transport = Transport(f"http://127.0.0.1:{server.port}/API", KEY, clock=clock, timeout=5.0)
        gate = RateLimiter(MemoryBudget(clock), FAST, clock)
        site = ApiSource(Client(transport, gate, "Asker", clock=clock, rng=Random(1), announce=events.append))
        with contextlib.suppress(ApiError):
            site.progress("Max", [1])
        assert site.requests == len(events)
    assert KEY not in repr(events)
    return [event for event in events if isinstance(event, RequestCompleted)]


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ([GOOD], [(200, 1)]),
        ([CUT, (End.RESET,), GOOD], [(None, 1), (None, 2), (200, 3)]),
        ([answer("{}", "429 Too Many Requests", "Retry-After: 1"), GOOD], [(429, 1), (200, 2)]),
        ([answer("", "500 Oh")], [(500, 1)]),
    ],
)
def test_each_attempt_is_told(scripts: list[Script], expected: list[tuple[int | None, int]]) -> None:
    told = heard(*scripts)
    assert [(event.status, event.attempt) for event in told] == expected
    assert {event.endpoint for event in told} == {"GetUserProgress"}
    assert all(event.seconds > 0 for event in told)
