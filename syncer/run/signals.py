"""What SIGTERM, SIGINT and SIGHUP do."""

import os
import signal
from collections.abc import Callable
from types import FrameType

from syncer.core.clock import SystemClock


def stop_on_signals(clock: SystemClock) -> None:
    """The first one asks for an orderly end, the second ends at once."""
    asked: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            os._exit(128 + number)
        clock.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def reread_on_signal(reread: Callable[[], None]) -> None:
    signal.signal(signal.SIGHUP, lambda number, frame: reread())
