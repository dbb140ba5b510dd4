"""What systemd hears, on real sockets."""

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

PATIENT = 10.0


class Ear(socket.socket):
    """systemd's end. `address`: a path, or an @ and a name that is in no folder."""

    def __init__(self, address: str) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bind("\0" + address[1:] if address.startswith("@") else address)
        self.settimeout(PATIENT)

    def hear(self) -> str:
        return self.recv(4096).decode()

    def heard(self) -> list[str]:
        """All that was said by now."""
        said = []
        self.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                said.append(self.hear())
        self.settimeout(PATIENT)
        return said


@pytest.fixture(params=["path", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@syncer-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with Ear(address) as made:
        yield made


def test_lines_arrive_in_one_message(ear: Ear) -> None:
    notify("READY=1", "STATUS=following 2 players")
    assert ear.hear() == "READY=1\nSTATUS=following 2 players"


@pytest.mark.parametrize("address", [None, "", "/nowhere/notify", "@nobody", "vsock:2:1234", "relative"])
def test_where_nobody_listens_nothing_happens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")


def test_a_deaf_service_manager_holds_nobody_up(ear: Ear) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others, contextlib.suppress(BlockingIOError):
        others.connect(ear.getsockname())
        others.setblocking(False)
        while True:  # until no more is kept
            others.send(b"STATUS=" + b"x" * 1000)
    notify("READY=1")
    assert "READY=1" not in ear.heard()
    notify("READY=1")
    assert ear.hear() == "READY=1"


def test_the_end_of_a_run_is_the_status(ear: Ear) -> None:
    notify_status(RunStarted("Max", 3, 1))
    notify_status(RunEnded(RunReport("Max", RunOutcome.PARTIAL, 3, None, 3, 2, error="odd")))
    assert ear.heard() == ["STATUS=Max: partial, 2 of 3 games polled"]


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
def test_how_often_systemd_wants_to_hear(
    usec: str, pid: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "mine" else pid)
    assert watchdog_seconds() == seconds


def test_the_watchdog_is_fed_twice_in_its_time_while_no_job_is_stuck(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    clock, stuck = FakeClock(), list[str]()
    dog = Watchdog(clock, lambda: stuck)

    def fed(seconds: int) -> int:
        for _ in range(seconds):
            clock.pass_by(1.0)
            dog.look()
        return ear.heard().count("WATCHDOG=1")

    assert fed(120) == 4
    stuck.append("Max")
    assert dog.look() == ["Max"]
    assert fed(300) == 0
    stuck.clear()
    assert fed(1) == 1


def test_without_a_watchdog_nothing_is_said_but_stuck_jobs_are_known(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    clock = FakeClock()
    dog = Watchdog(clock, lambda: ["Max"])
    clock.pass_by(1000.0)
    assert (dog.look(), ear.heard()) == (["Max"], [])
