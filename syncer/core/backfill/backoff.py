"""Exponential backoff for requests of the backfill."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MAX_BACKOFF = timedelta(hours=6)
MAX_DOUBLINGS = 20  # beyond them the power of two only grows; the cap was reached long before


@dataclass
class Backoff:
    """The pauses of one player's items (a title, a console, a list), kept from run to run.

    The algorithm is exponential backoff with a cap: after n failures an item is requested again 2^(n-1)
    intervals later. Half an interval is subtracted, so that jitter or a slow run never moves a request into
    the next interval. It adds no jitter: each installation starts its runs at another time. The pauses are
    in memory only: after a restart each item is requested once more.
    """

    _until: dict[str, datetime] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def is_active(self, item: str, now: datetime) -> bool:
        """Return whether the item must not be requested yet."""
        # An end that lies further ahead than any pause was computed with a wrong clock.
        return now < self._until.get(item, now) <= now + MAX_BACKOFF

    def record_failure(self, item: str, now: datetime, interval: timedelta) -> None:
        """Count a failure and start the pause that follows it."""
        count = self._failures[item] = self.failure_count(item) + 1
        self._until[item] = now + min(interval * (2.0 ** min(count - 1, MAX_DOUBLINGS) - 0.5), MAX_BACKOFF)

    def defer_until(self, item: str, until: datetime) -> None:
        """Start a pause that follows no failure."""
        self._until[item] = until

    def failure_count(self, item: str) -> int:
        """Return how often the item has failed since it last succeeded."""
        return self._failures.get(item, 0)

    def reset(self, item: str) -> None:
        """Forget the failures and the pause of an item that succeeded."""
        self._until.pop(item, None)
        self._failures.pop(item, None)
