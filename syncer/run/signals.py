"""Handlers of SIGTERM, SIGINT and SIGHUP."""

import os
import signal
from collections.abc import Callable
from types import FrameType

from syncer.core.clock import SystemClock


def stop_on_signals(clock: SystemClock) -> None:
    """Stop in order at the first signal, at once at the second."""
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            os._exit(128 + number)
        clock.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def reload_on_signal(reload: Callable[[], None]) -> None:
    """Call `reload` at SIGHUP."""
    signal.signal(signal.SIGHUP, lambda number, frame: reload())


def stop_on_hangup(clock: SystemClock) -> None:
    """Stop at SIGHUP if the terminal was closed; ignore one that a service manager or a person sent."""
    had_terminal = is_terminal()

    def hang_up(number: int, frame: FrameType | None) -> None:
        if had_terminal and not is_terminal():
            clock.stop()

    signal.signal(signal.SIGHUP, hang_up)


def is_terminal() -> bool:
    """Return whether standard input is a terminal that is still open."""
    return os.isatty(0)
