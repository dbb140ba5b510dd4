"""The dead man's switch: asked while all goes well, and never in anybody's way."""

import logging
import threading
from collections.abc import Iterator
from itertools import chain, cycle

import pytest

from syncer.api import heartbeat
from syncer.api.heartbeat import MIN_INTERVAL, HeartbeatConfig, HeartbeatListener
from syncer.core.clock import SystemClock
from syncer.core.events import RunEnded, RunStarted
from syncer.core.model.run import RunOutcome, RunReport
from tests.fakes import FakeClock

from .raw_server import RawServer, Script, answer

SECRET = "canary0ping0address"
BOTH = frozenset({"Max", "Moss"})
OK, PARTIAL, FAILED = RunOutcome.OK, RunOutcome.PARTIAL, RunOutcome.FAILED
GONE: Script = answer("no such check", "404 Not Found")


class Monitor:
    """A service that counts who asks, and a switch on it."""

    def __init__(self, *scripts: Script, players: frozenset[str] = BOTH) -> None:
        self.server = RawServer(*scripts)
        self.clock = FakeClock()
        self.url = f"http://127.0.0.1:{self.server.port}/{SECRET}"
        self.ping = HeartbeatListener(lambda: HeartbeatConfig(self.url, players), self.clock)

    def ended(self, player: str, outcome: RunOutcome = OK, seen: int = 1) -> int:
        """How often it was asked, after this run and whatever it led to."""
        self.ping(RunEnded(RunReport(player, outcome, 0, targets_seen=seen)))
        if self.ping._asking:
            self.ping._asking.join(10)
        return len(self.server.requests)


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    made = Monitor(answer("OK"))
    yield made
    made.server.close()


def test_it_is_asked_once_every_player_was_looked_at(monitor: Monitor) -> None:
    monitor.ping(RunStarted("Max", 1, 1))
    assert monitor.ended("Max") == 0
    assert monitor.ended("Moss") == 1
    assert monitor.server.requests[0].startswith(f"GET /{SECRET} HTTP/1.1\r\n".encode())


def test_it_is_asked_at_most_once_a_minute(monitor: Monitor) -> None:
    monitor.ended("Max")
    assert monitor.ended("Moss") == 1
    monitor.clock.pass_by(MIN_INTERVAL - 1)
    assert monitor.ended("Moss") == 1
    monitor.clock.pass_by(1)
    assert monitor.ended("Moss") == 2


@pytest.mark.parametrize(
    ("outcome", "seen", "asked"),
    [
        (OK, 0, 1),  # nothing to look at is no trouble
        (PARTIAL, 3, 1),  # some games were looked at
        (PARTIAL, 0, 0),
        (FAILED, 0, 0),
        (FAILED, 3, 0),
        (RunOutcome.DEFERRED, 0, 0),
    ],
)
def test_a_run_of_another_player_must_be_good_too(
    monitor: Monitor, outcome: RunOutcome, seen: int, asked: int
) -> None:
    monitor.ended("Max", outcome, seen)
    assert monitor.ended("Moss") == asked
    monitor.clock.pass_by(MIN_INTERVAL)
    assert monitor.ended("Max") == asked + 1


def test_without_an_address_nobody_is_asked(monitor: Monitor) -> None:
    monitor.url = ""
    monitor.ended("Max")
    assert monitor.ended("Moss") == 0


def test_trouble_is_told_when_it_begins_and_when_it_ends_and_never_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monitor = Monitor(GONE, GONE, (), answer("OK"), players=frozenset({"Max"}))
    for _ in range(4):
        monitor.ended("Max")
        monitor.clock.pass_by(MIN_INTERVAL)
    monitor.server.close()
    told = [record.facts["event"] for record in caplog.records if hasattr(record, "facts")]
    assert told == ["ping_failed", "ping_failed", "ping_recovered"]  # 404 and no answer are two troubles
    monitor.ended("Max")  # nobody is there any more
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if record.name == "syncer")
    assert SECRET not in repr(monitor.ping._switch())


def test_a_service_that_hangs_delays_nothing_and_is_not_asked_twice_at_once() -> None:
    monitor = Monitor((600.0,), players=frozenset({"Max"}))
    heard = threading.Event()

    def go_on() -> None:
        for _ in range(5):
            monitor.ping(RunEnded(RunReport("Max", OK, 0)))
            monitor.clock.pass_by(MIN_INTERVAL)
        heard.set()

    threading.Thread(target=go_on, daemon=True).start()
    assert heard.wait(5)
    clock = SystemClock()
    while not monitor.server.requests:
        clock.wait(0.01)
    assert monitor.server.connections == 1
    monitor.server.close()
    assert monitor.ping._asking
    monitor.ping._asking.join(10)  # it tells its trouble


def test_a_service_that_drips_for_ever_is_hung_up_on_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "syncer")
    monkeypatch.setattr(heartbeat, "TIMEOUT", 0.3)
    dripping: Script = chain([b"HTTP/1.1 200 OK\r\nX: "], cycle([b"y", 0.05]))
    monitor = Monitor(dripping, answer("OK"), players=frozenset({"Max"}))
    for asked in (1, 2):
        assert monitor.ended("Max") == asked
        monitor.clock.pass_by(MIN_INTERVAL)
    monitor.server.close()
    told = [record.getMessage() for record in caplog.records if record.name == "syncer"]
    assert told == ["the ping was in vain: no answer within 0.3 s", "the ping works again"]
