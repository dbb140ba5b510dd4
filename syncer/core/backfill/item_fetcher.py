"""Requests for single items of the backfill, so that one bad item does not block the others."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import BatchError
from syncer.core.events import EventHandler, WarningRaised

from .backoff import Backoff

Response = TypeVar("Response")
MAX_CONSECUTIVE_FAILURES = 2  # then the site is at fault, not the item


class ItemFetcher:
    """The single requests of one player during one run. Each failure lengthens the item's backoff."""

    def __init__(
        self, label: str, clock: Clock, announce: EventHandler, backoff: Backoff, interval: timedelta
    ) -> None:
        self.label, self.clock, self.announce = label, clock, announce
        self.backoff, self.interval = backoff, interval
        self._consecutive_failures = 0

    def fetch(self, item: str, request: Callable[[], Response], save: Callable[[Response], bool]) -> bool:
        """Send a request and save the response; return whether `save` could use it.

        A BatchError is reported as a warning. Raises it where several items in a row failed, and any other
        error of the request.
        """
        try:
            response = request()
        except BatchError as failure:
            self._handle_failure(item, failure)
            return False
        self._consecutive_failures = 0
        if not save(response):
            self.record_failure(item)
            return False
        self.backoff.reset(item)
        return True

    def _handle_failure(self, item: str, failure: BatchError) -> None:
        self._consecutive_failures += 1
        self.record_failure(item)
        if self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES:
            raise failure
        self.announce(WarningRaised(self.label, f"{item} could not be read: {failure.message}"))

    def record_failure(self, item: str) -> None:
        """Lengthen the item's backoff."""
        self.backoff.record_failure(item, self.clock.now(), self.interval)

    def is_backing_off(self, item: str) -> bool:
        """Return whether the item must not be requested yet."""
        return self.backoff.is_active(item, self.clock.now())
