"""Waits of the tests: as short as what they wait for, and patient on a busy machine."""

import os
import select
from collections.abc import Callable

from syncer.core.clock import SystemClock

# Seconds. Longer than anything takes on a machine that does ten other things; pytest's own limit comes later.
PATIENCE = 90.0
# Seconds by which what has a limit of its own may exceed it, because the machine did something else.
SLACK = 15.0


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Fail unless the condition becomes true in time."""
    clock = SystemClock()
    deadline = clock.monotonic() + seconds
    while not condition():
        assert clock.monotonic() < deadline, f"it did not happen within {seconds:.0f} s"
        clock.wait(0.02)


def read_until(output: int, word: str) -> str:
    """Return what comes out of a terminal or pipe, up to the word."""
    clock, text = SystemClock(), ""
    deadline = clock.monotonic() + PATIENCE
    while word not in text:
        assert clock.monotonic() < deadline, text
        if select.select([output], [], [], 0.2)[0]:
            more = os.read(output, 4096)
            assert more, text
            text += more.decode()
    return text
