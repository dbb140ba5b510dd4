"""The heartbeat: sent while all goes well, and no run waits for it."""

import logging
import threading
from collections.abc import Iterator
from itertools import chain, cycle

import pytest

from syncer.api import heartbeat
from syncer.api.heartbeat import MIN_INTERVAL, HeartbeatConfig, HeartbeatListener
from syncer.core.errors import StoreError
from syncer.core.events import PlannerAlive, RunEnded, RunStarted
from syncer.core.model.run import RunOutcome, RunReport
from tests.fakes import FakeClock
from tests.waiting import PATIENCE, wait_until

from .raw_server import RawServer, Script, answer

SECRET = "canary0ping0address"
BOTH = frozenset({"Max", "Moss"})
OK, PARTIAL, FAILED = RunOutcome.OK, RunOutcome.PARTIAL, RunOutcome.FAILED
GONE: Script = answer("no such check", "404 Not Found")


class Monitor:
    """A monitoring service that counts the pings, and a listener that pings it."""

    def __init__(self, *scripts: Script, players: frozenset[str] = BOTH) -> None:
        self.server = RawServer(*scripts)
        self.clock = FakeClock()
        self.url = f"http://127.0.0.1:{self.server.port}/{SECRET}"
        self.listener = HeartbeatListener(lambda: HeartbeatConfig(self.url, players), self.clock)

    def ended(self, player: str, outcome: RunOutcome = OK, seen: int = 1) -> int:
        """Return how many pings came, after this run and the ping that it caused."""
        self.listener(RunEnded(RunReport(player, outcome, 0, targets_seen=seen)))
        if self.listener._thread:
            self.listener._thread.join(PATIENCE)
        return len(self.server.requests)


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    made = Monitor(answer("OK"))
    yield made
    made.server.close()


def test_it_pings_once_every_player_was_polled(monitor: Monitor) -> None:
    monitor.listener(RunStarted("Max", 1, 1))
    assert monitor.ended("Max") == 0
    assert monitor.ended("Moss") == 1
    assert monitor.server.requests[0].startswith(f"GET /{SECRET} HTTP/1.1\r\n".encode())


def test_it_pings_at_most_once_a_minute(monitor: Monitor) -> None:
    monitor.ended("Max")
    assert monitor.ended("Moss") == 1
    monitor.clock.pass_by(MIN_INTERVAL - 1)
    assert monitor.ended("Moss") == 1
    monitor.clock.pass_by(1)
    assert monitor.ended("Moss") == 2


@pytest.mark.parametrize(
    ("outcome", "seen", "pings"),
    [
        (OK, 0, 1),  # nothing to poll is no failure
        (PARTIAL, 3, 1),  # some games were polled
        (PARTIAL, 0, 0),
        (FAILED, 0, 0),
        (FAILED, 3, 0),
        (RunOutcome.DEFERRED, 0, 0),
    ],
)
def test_the_last_run_of_every_player_must_have_succeeded(
    monitor: Monitor, outcome: RunOutcome, seen: int, pings: int
) -> None:
    monitor.ended("Max", outcome, seen)
    assert monitor.ended("Moss") == pings
    monitor.clock.pass_by(MIN_INTERVAL)
    assert monitor.ended("Max") == pings + 1


def test_a_planner_pings_while_all_is_well_about_once_a_minute(monitor: Monitor) -> None:
    answers: list[bool | StoreError] = [True, False, StoreError("the database did not answer"), True, True]

    def is_well() -> bool:
        found = answers.pop(0)
        if isinstance(found, StoreError):
            raise found
        return found

    monitor.listener._all_well = is_well
    pings = []
    for _ in range(8):
        monitor.listener(PlannerAlive())
        if monitor.listener._thread:
            monitor.listener._thread.join(PATIENCE)
        pings.append(len(monitor.server.requests))
        monitor.clock.pass_by(MIN_INTERVAL / 2 - 0.1)  # of a scheduler that is a little early
    # In the second and the last but one interval it has just pinged, and asks nothing.
    assert (pings, answers) == ([1, 1, 1, 1, 2, 2, 3, 3], [])


def test_without_an_address_it_does_not_ping(monitor: Monitor) -> None:
    monitor.url = ""
    monitor.ended("Max")
    assert monitor.ended("Moss") == 0


def test_a_failure_is_logged_when_it_begins_and_ends_without_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monitor = Monitor(GONE, GONE, (), answer("OK"), players=frozenset({"Max"}))
    for _ in range(4):
        monitor.ended("Max")
        monitor.clock.pass_by(MIN_INTERVAL)
    monitor.server.close()
    events = [record.facts["event"] for record in caplog.records if hasattr(record, "facts")]
    assert events == ["ping_failed", "ping_failed", "ping_recovered"]  # 404 and no answer are two failures
    monitor.ended("Max")  # the service is closed
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if record.name == "syncer")
    assert SECRET not in repr(monitor.listener._config())


def test_a_hanging_service_delays_nothing_and_gets_one_ping_at_a_time() -> None:
    monitor = Monitor((600.0,), players=frozenset({"Max"}))
    finished = threading.Event()

    def go_on() -> None:
        for _ in range(5):
            monitor.listener(RunEnded(RunReport("Max", OK, 0)))
            monitor.clock.pass_by(MIN_INTERVAL)
        finished.set()

    threading.Thread(target=go_on, daemon=True).start()
    assert finished.wait(PATIENCE)
    wait_until(lambda: monitor.server.requests)
    assert monitor.server.connections == 1
    monitor.server.close()
    assert monitor.listener._thread
    monitor.listener._thread.join(PATIENCE)  # it logs its failure


def test_a_service_that_drips_without_end_is_cut_off_and_pinged_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "syncer")
    monkeypatch.setattr(heartbeat, "TIMEOUT", 0.3)
    dripping: Script = chain([b"HTTP/1.1 200 OK\r\nX: "], cycle([b"y", 0.05]))
    monitor = Monitor(dripping, answer("OK"), players=frozenset({"Max"}))
    for pings in (1, 2):
        assert monitor.ended("Max") == pings
        monitor.clock.pass_by(MIN_INTERVAL)
    monitor.server.close()
    messages = [record.getMessage() for record in caplog.records if record.name == "syncer"]
    assert messages == ["heartbeat ping failed: no answer within 0.3 s", "heartbeat ping works again"]
