"""Changes of the configuration that failed for a reason that passes: too many open files, no database."""

import logging
from math import inf

from syncer.core import descriptors
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError

logger = logging.getLogger("syncer")
STORE_WAIT = 30.0  # seconds: an attempt to reach a database may itself take seconds


class PostponedChanges:
    """The events of such changes, each with the time of its next attempt. Logs only the first failure."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._due_at: dict[str, float] = {}

    def add(self, event: str, error: OSError | StoreError) -> None:
        """Let a change be tried again: when files are next compared, or later if the database failed."""
        if event not in self._due_at:
            text = f"the old configuration stays until the new one can be used: {_describe(error)}"
            logger.error("%s", text, extra={"facts": {"event": "reload_failed"}})
        wait = STORE_WAIT if isinstance(error, StoreError) else 0.0
        self._due_at[event] = self._clock.monotonic() + wait

    def take(self, event: str) -> bool:
        """Return whether the change is to be tried now. True once."""
        is_due = self._due_at.get(event, inf) <= self._clock.monotonic()
        if is_due:
            self._due_at[event] = inf
        return is_due

    def finish(self, event: str) -> None:
        """Forget a change that was applied, or that is wrong."""
        self._due_at.pop(event, None)


def _describe(error: OSError | StoreError) -> str:
    if isinstance(error, StoreError):
        return error.message
    if error.errno in descriptors.EXHAUSTED:
        return f"{descriptors.TOO_MANY_FILES}. {descriptors.HINT}"
    return error.strerror or type(error).__name__
