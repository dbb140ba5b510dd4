"""The messages to systemd, on real sockets."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.core.events import RunEnded, RunStarted
from syncer.core.model.run import RunOutcome, RunReport
from syncer.run.systemd import Watchdog, notify, notify_status, watchdog_seconds
from tests.fakes import FakeClock
from tests.waiting import PATIENCE


class NotifySocket(socket.socket):
    """systemd's end. `address`: a path, or @ and an abstract name."""

    def __init__(self, address: str) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bind("\0" + address[1:] if address.startswith("@") else address)
        self.settimeout(PATIENCE)

    def receive(self) -> str:
        return self.recv(4096).decode()

    def received(self) -> list[str]:
        """Return all messages that have arrived."""
        messages = []
        self.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                messages.append(self.receive())
        self.settimeout(PATIENCE)
        return messages


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NotifySocket]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@syncer-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with NotifySocket(address) as made:
        yield made


def test_several_lines_are_one_message(systemd: NotifySocket) -> None:
    notify("READY=1", "STATUS=following 2 players")
    assert systemd.receive() == "READY=1\nSTATUS=following 2 players"


@pytest.mark.parametrize("address", [None, "", "/nowhere/notify", "@nobody", "vsock:2:1234", "relative"])
def test_notify_does_nothing_without_a_listening_socket(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")


def test_notify_drops_the_message_if_the_queue_is_full(systemd: NotifySocket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, contextlib.suppress(BlockingIOError):
        other.connect(systemd.getsockname())
        other.setblocking(False)
        while True:
            other.send(b"STATUS=" + b"x" * 1000)
    notify("READY=1")
    assert "READY=1" not in systemd.received()
    notify("READY=1")
    assert systemd.receive() == "READY=1"


def test_the_outcome_of_a_run_is_the_status(systemd: NotifySocket) -> None:
    notify_status(RunStarted("Max", 3, 1))
    notify_status(RunEnded(RunReport("Max", RunOutcome.PARTIAL, 3, None, 3, 2, error="odd")))
    assert systemd.received() == ["STATUS=Max: partial, 2 of 3 games polled"]


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [
        ("60000000", "", 60.0),
        ("60000000", "mine", 60.0),
        ("60000000", "1", None),  # meant for another process
        ("", "", None),
        ("0", "", None),
        ("soon", "", None),
        ("-5", "", None),
    ],
)
def test_the_interval_of_the_watchdog(
    usec: str, pid: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "mine" else pid)
    assert watchdog_seconds() == seconds


def test_the_watchdog_is_pinged_twice_per_interval_unless_a_job_is_stalled(
    systemd: NotifySocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    clock, stalled = FakeClock(), list[str]()
    watchdog = Watchdog(clock, lambda: stalled)

    def pings(seconds: int) -> int:
        for _ in range(seconds):
            clock.pass_by(1.0)
            watchdog.check()
        return systemd.received().count("WATCHDOG=1")

    assert pings(120) == 4
    stalled.append("Max")
    assert watchdog.check() == ["Max"]
    assert pings(300) == 0
    stalled.clear()
    assert pings(1) == 1


def test_without_a_watchdog_there_are_no_pings_but_stalled_jobs_are_returned(
    systemd: NotifySocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    clock = FakeClock()
    watchdog = Watchdog(clock, lambda: ["Max"])
    clock.pass_by(1000.0)
    assert (watchdog.check(), systemd.received()) == (["Max"], [])
