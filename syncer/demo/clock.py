"""A clock that starts in the past, jumps from wait to wait, and becomes the real one when it meets it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from syncer.core.clock import SystemClock, truncate_to_ms


class DemoClock(SystemClock):
    """Virtual until `meet`; afterwards the machine's. Daemon and simulator share it."""

    def __init__(self, start_ago: timedelta) -> None:
        super().__init__()
        self._behind = start_ago

    def now(self) -> datetime:
        return truncate_to_ms(super().now() - self._behind)

    @property
    def behind(self) -> timedelta:
        return self._behind

    def jump_to(self, moment: datetime) -> None:
        """Let time pass at once, but never beyond the wall clock."""
        self._behind = max(timedelta(0), super().now() - max(moment, self.now()))

    def wait(self, seconds: float) -> None:
        if self._behind and not self.stopping:
            self.jump_to(self.now() + timedelta(seconds=seconds))
            seconds = 0.0
        super().wait(seconds)

    def run_until_met(self, next_due: Callable[[], datetime | None], wake: Callable[[], object]) -> None:
        """Wake at each moment that is due, until the wall clock is met. Raises Cancelled."""
        while self._behind:
            wake()
            due = next_due() or self.now()
            self.jump_to(max(due, self.now() + timedelta(seconds=1)))
            super().wait(0)
