"""Messages to systemd (sd_notify) over its datagram socket; without a socket, none are sent."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress

from syncer.core.clock import Clock
from syncer.core.events import Event, RunEnded
from syncer.core.formats.text import pluralize

NOTIFY_TIMEOUT = 0.2  # seconds until a message is dropped, where the socket's queue is full


def notify(*lines: str) -> None:
    """Send a message. Never fails: a service manager that does not listen must not stop the polling."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.settimeout(NOTIFY_TIMEOUT)
        # An @ stands for the zero byte of an abstract address.
        connection.connect("\0" + address[1:] if address[0] == "@" else address)
        connection.send("\n".join(lines).encode())


def notify_status(event: Event) -> None:
    """Send the outcome of each run, for `systemctl status`. An event handler."""
    if isinstance(event, RunEnded):
        report = event.report
        polled = f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} polled"
        notify(f"STATUS={report.player}: {report.outcome.value}, {polled}")


def watchdog_seconds() -> float | None:
    """Return the interval of systemd's watchdog; None: it has none, or not for this process."""
    interval, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not interval.isdecimal() or int(interval) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(interval) / 1e6


class Watchdog:
    """Pings systemd's watchdog twice per interval, unless a job is stalled."""

    def __init__(self, clock: Clock, stalled_players: Callable[[], list[str]]) -> None:
        self._clock, self._stalled_players, self._interval = clock, stalled_players, watchdog_seconds()
        self._next = clock.monotonic()

    def check(self) -> list[str]:
        """Ping if it is time and no job is stalled; return the players whose job is. Call it each second."""
        stalled = self._stalled_players()
        if self._interval and not stalled and self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + self._interval / 2
            notify("WATCHDOG=1")
        return stalled
