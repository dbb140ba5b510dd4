"""What systemd wants to hear (sd_notify), over its datagram socket; without one, nothing is said."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress

from syncer.core.clock import Clock
from syncer.core.events import Event, RunEnded
from syncer.core.formats.text import pluralize

NOTIFY_TIMEOUT = 0.2  # seconds until a line is given up, where too many wait to be heard


def notify(*lines: str) -> None:
    """Hardly waits, never fails: a deaf service manager is no reason to stop looking."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(NOTIFY_TIMEOUT)
        line.connect("\0" + address[1:] if address[0] == "@" else address)
        line.send("\n".join(lines).encode())


def notify_status(event: Event) -> None:
    """A listener: how the last run ended, for `systemctl status`."""
    if isinstance(event, RunEnded):
        report = event.report
        seen = f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} seen"
        notify(f"STATUS={report.player}: {report.outcome.value}, {seen}")


def watchdog_seconds() -> float | None:
    """How often systemd wants to hear that all goes on; None: not at all, or not from this process."""
    wanted, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or int(wanted) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(wanted) / 1e6


class Watchdog:
    """Says that all goes on, twice as often as it must, unless a job is stuck."""

    def __init__(self, clock: Clock, stuck: Callable[[], list[str]]) -> None:
        self._clock, self._stuck, self._every = clock, stuck, watchdog_seconds()
        self._next = clock.monotonic()

    def look(self) -> list[str]:
        """To be called again and again; the players whose job is stuck."""
        stuck = self._stuck()
        if self._every and not stuck and self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + self._every / 2
            notify("WATCHDOG=1")
        return stuck
