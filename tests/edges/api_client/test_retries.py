"""Transient errors are retried, twice at most, within a limited time."""

import threading
import time

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import BatchError, Cancelled, TransientError
from tests.edges.raw_server import JSON_HEAD, End, RawServer, Script, answer

from .harness import CUT, GOOD, READ, ClientHarness


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(CUT, id="short body"),
        pytest.param((), id="no answer"),
        pytest.param((End.RESET,), id="reset"),
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Ty",), id="cut inside the headers"),
        pytest.param((JSON_HEAD + b'\r\n{"1":',), id="cut, without a length"),
        pytest.param(answer(""), id="empty"),
    ],
)
def test_a_transient_error_is_retried_and_each_attempt_takes_a_slot(script: Script) -> None:
    with RawServer(script, GOOD) as server:
        client = ClientHarness(server)
        assert client.progress().games == {1: READ}
        assert len(server.requests) == client.source.requests == client.limiter.taken == 2
        assert len(client.waits) == 1


def test_three_transient_errors_are_a_failure_and_the_waits_grow() -> None:
    with RawServer(CUT) as server:
        client = ClientHarness(server)
        client.fails(TransientError)
        assert len(server.requests) == client.source.requests == client.limiter.taken == 3
    first, second = client.waits
    assert 0.5 <= first <= 1.5
    assert 1.0 <= second <= 3.0


def test_timeouts_are_retried_only_within_twice_the_timeout() -> None:
    with RawServer((60.0,)) as server:
        client = ClientHarness(server, timeout=0.3)
        began = time.monotonic()
        client.fails(TransientError)
        assert time.monotonic() - began < 0.3 * 2 + 0.3
        assert len(server.requests) == client.limiter.taken == 2


def test_slow_transient_errors_leave_no_time_for_a_third_attempt() -> None:
    slow: Script = (0.27, *CUT)
    with RawServer(slow) as server:
        ClientHarness(server, timeout=0.4).fails(TransientError)
        assert len(server.requests) == 2


def test_a_complete_but_invalid_answer_is_not_retried() -> None:
    with RawServer(answer("{"), GOOD) as server:
        ClientHarness(server).fails(BatchError)
        assert len(server.requests) == 1


def test_a_stop_ends_the_wait_before_a_retry_at_once() -> None:
    clock = SystemClock()
    with RawServer(CUT) as server:
        client = ClientHarness(server, clock)
        threading.Timer(0.2, clock.stop).start()
        began = time.monotonic()
        client.fails(Cancelled)
        assert time.monotonic() - began < 1
