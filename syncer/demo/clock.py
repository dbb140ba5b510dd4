"""A clock that starts in the past, skips each wait, and becomes the real one when it catches up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from syncer.core.clock import SystemClock, truncate_to_ms


class DemoClock(SystemClock):
    """Virtual until it has caught up with the machine's, which it then follows. Daemon and site share it."""

    def __init__(self, start_ago: timedelta) -> None:
        super().__init__()
        self._behind = start_ago

    def now(self) -> datetime:
        return truncate_to_ms(super().now() - self._behind)

    def steady(self) -> float:
        return super().steady() - self._behind.total_seconds()  # a skipped wait is no step of the clock

    @property
    def behind(self) -> timedelta:
        return self._behind

    def jump_to(self, moment: datetime) -> None:
        """Move the time forward at once, but never beyond the wall clock."""
        self._behind = max(timedelta(0), super().now() - max(moment, self.now()))

    def wait(self, seconds: float) -> None:
        if self._behind and not self.stopping:
            self.jump_to(self.now() + timedelta(seconds=seconds))
            seconds = 0.0  # the wait below still raises Cancelled after a stop
        super().wait(seconds)

    def catch_up(self, next_due: Callable[[], datetime | None], run_due: Callable[[], object]) -> None:
        """Run what is due at each due moment until the wall clock is reached. Raises Cancelled."""
        while self._behind:
            run_due()
            due = next_due() or self.now()
            # At least a second on: a target that stays due must not stop the clock.
            self.jump_to(max(due, self.now() + timedelta(seconds=1)))
            super().wait(0)
