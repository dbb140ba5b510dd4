"""One question among several of its kind: a bad neighbour keeps no other waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import BatchError
from syncer.core.events import EventHandler, WarningRaised

from .backoff import Backoff

Response = TypeVar("Response")
MAX_CONSECUTIVE_FAILURES = 2  # failures that blame the site, not the question


class ItemFetcher:
    """Of one player, during one run. What failed backoff, longer each time."""

    def __init__(
        self, label: str, clock: Clock, announce: EventHandler, backoff: Backoff, interval: timedelta
    ) -> None:
        self.label, self.clock, self.announce = label, clock, announce
        self.backoff, self.interval = backoff, interval
        self._in_a_row = 0

    def fetch(self, what: str, ask: Callable[[], Response], keep: Callable[[Response], bool]) -> bool:
        """Ask, and keep what is told; whether that was of use, as `keep` says. Raises the site's fault."""
        try:
            told = ask()
        except BatchError as failure:
            self._in_a_row += 1
            self.record_failure(what)
            if self._in_a_row >= MAX_CONSECUTIVE_FAILURES:
                raise
            self.announce(WarningRaised(self.label, f"{what} could not be read: {failure.message}"))
            return False
        self._in_a_row = 0
        if not keep(told):
            self.record_failure(what)
            return False
        self.backoff.reset(what)
        return True

    def record_failure(self, what: str) -> None:
        self.backoff.record_failure(what, self.clock.now(), self.interval)

    def is_backing_off(self, what: str) -> bool:
        return self.backoff.is_active(what, self.clock.now())
