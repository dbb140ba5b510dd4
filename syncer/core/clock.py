"""The only module that reads the time and waits: now, monotonic, and a wait that a stop ends."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from .errors import Cancelled
from .places import left_place

# How far a clock may be set back, by NTP or by hand, before stored times count as being in the future.
CLOCK_TOLERANCE = timedelta(minutes=2)
# How far a clock may be set back whose offset was small enough to count (MAX_CLOCK_OFFSET), and a minute.
MAX_STEP_BACK = timedelta(minutes=11)
# Unlike time.monotonic(), these go on while the machine sleeps: the first on Linux, the second on macOS.
# Windows has neither, and needs neither.
STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def truncate_to_ms(moment: datetime) -> datetime:
    """Return the moment in UTC, cut to milliseconds. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime: {moment!r}")
    # Stored times have milliseconds, so what is compared with them is cut alike.
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


class Clock(Protocol):
    """A source of time; tests replace it."""

    def now(self) -> datetime:
        """Return the present moment: aware, UTC, cut to milliseconds."""

    def monotonic(self) -> float:
        """Return seconds that setting the clock does not change."""

    def steady(self) -> float:
        """Return seconds that setting the clock does not change, and that go on while the machine sleeps."""

    def wait(self, seconds: float) -> None:
        """Wait. Raises Cancelled as soon as a stop is requested."""

    def on_stop(self, call: Callable[[], object]) -> None:
        """Call `call` (from any thread) when a stop is requested; at once if it was already."""


class SystemClock:
    """The machine's own clocks. `offset`: by how much another clock, which counts instead, is ahead."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self._stopping = threading.Event()
        self._calls: list[Callable[[], object]] = []
        self._waiters: list[Callable[[float], object]] = []

    def now(self) -> datetime:
        return truncate_to_ms(datetime.now(UTC) + self.offset)

    def machine_now(self) -> datetime:
        """Return the present moment by the machine's clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def steady(self) -> float:
        return time.monotonic() if STEADY is None else time.clock_gettime(STEADY)

    def wait(self, seconds: float) -> None:
        # Announced first, so that the liveness monitor does not take a long wait for a stalled job.
        for call in self._waiters:
            call(seconds)
        with left_place():
            is_stopping = self._stopping.wait(max(0.0, seconds))
        if is_stopping:
            raise Cancelled

    def on_stop(self, call: Callable[[], object]) -> None:
        self._calls.append(call)
        # Added before the test: a stop in between makes two calls instead of none.
        if self._stopping.is_set():
            call()

    def on_wait(self, call: Callable[[float], object]) -> None:
        """Call `call` in each thread that begins to wait, with the seconds of the wait."""
        self._waiters.append(call)

    def stop(self) -> None:
        """End every wait, now and from now on. Safe from a signal handler."""
        self._stopping.set()
        # A copy, because another thread may add a call meanwhile.
        for call in tuple(self._calls):
            call()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()
