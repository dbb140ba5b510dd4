"""Each attempt over the wire is one event, with its status, and without the key."""

import contextlib
from random import Random

import pytest

from syncer.api.client import Client
from syncer.api.source import ApiSource
from syncer.api.transport import Transport
from syncer.core.errors import ApiError
from syncer.core.events import Event, RequestCompleted
from syncer.core.ratelimit.limiter import RateLimiter
from tests.edges.raw_server import End, RawServer, Script, answer
from tests.fakes import MemoryBudget

from .harness import CUT, FAST, GOOD, KEY, NoWaitClock


def request_events(*scripts: Script) -> list[RequestCompleted]:
    events, clock = list[Event](), NoWaitClock()
    with RawServer(*scripts) as server:
        transport = Transport(f"http://127.0.0.1:{server.port}/API", KEY, clock=clock, timeout=5.0)
        limiter = RateLimiter(MemoryBudget(clock), FAST, clock)
        source = ApiSource(
            Client(transport, limiter, "Owner", clock=clock, rng=Random(1), announce=events.append)
        )
        with contextlib.suppress(ApiError):
            source.progress("Max", [1])
        assert source.requests == len(events)
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
def test_each_attempt_is_one_event(scripts: list[Script], expected: list[tuple[int | None, int]]) -> None:
    found = request_events(*scripts)
    assert [(event.status, event.attempt) for event in found] == expected
    assert {event.endpoint for event in found} == {"GetUserProgress"}
    assert all(event.seconds > 0 for event in found)
