"""A stop of the process ends a request at once."""

import threading
import time
from typing import Any

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
from tests.edges.raw_server import JSON_HEAD, RawServer, Script, answer
from tests.waiting import SLACK

from .harness import (
    DRIPPING_HEADERS,
    HEADERS,
    Authority,
    black_hole,
    failure,
    run_in_own_process,
    secure,
    transport,
)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((60.0,), id="silence"),
        pytest.param(DRIPPING_HEADERS, id="a drip of headers"),
        pytest.param((HEADERS, 60.0), id="a body that hangs"),
        pytest.param((JSON_HEAD + b"\r\n{}", 60.0), id="complete, but without a length"),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
def test_a_stop_ends_a_hanging_request_at_once(authority: Authority, script: Script, tls: bool) -> None:
    options = secure(authority) if tls else {}
    with RawServer(script, tls=authority.context() if tls else None) as server:
        _stopped_after(0.3, server.port, **options)


def test_a_stop_ends_a_hanging_connect_at_once() -> None:
    with black_hole() as port:
        _stopped_after(0.3, port)


def _stopped_after(seconds: float, port: int, **options: Any) -> None:
    clock = SystemClock()
    timer = threading.Timer(seconds, clock.stop)
    timer.start()
    began = time.monotonic()
    failure(Cancelled, port, clock=clock, timeout=20.0, **options)
    assert seconds * 0.9 < time.monotonic() - began < seconds + SLACK
    timer.join()


def test_after_a_stop_no_request_is_sent() -> None:
    clock = SystemClock()
    with RawServer(answer()) as server:
        sender = transport(server.port, clock=clock)
        clock.stop()
        with pytest.raises(Cancelled):
            sender.get("x", {})
        assert server.connections == 0


def test_a_stop_in_the_requesting_thread_does_not_deadlock() -> None:
    """As a signal handler does it: between two instructions of the very thread that asks."""
    program = """
import signal, sys
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
clock = SystemClock()
signal.signal(signal.SIGALRM, lambda *_: clock.stop())
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    Transport(f"http://127.0.0.1:{sys.argv[1]}", "k" * 32, clock=clock).get("x", {})
except Cancelled:
    print("stopped")
"""
    with RawServer((60.0,)) as server:
        began = time.monotonic()
        assert run_in_own_process(program, server.port) == "stopped\n"
        assert time.monotonic() - began < SLACK
