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
