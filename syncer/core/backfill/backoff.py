"""What the site did not tell is asked for again, but less and less often."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MAX_BACKOFF = timedelta(hours=6)


@dataclass
class Backoff:
    """Of one player, kept from run to run: until when not to ask for what, and how often that has failed.

    After the first failure the next run asks again; then each pause is twice as long as the one before.
    """

    _until: dict[str, datetime] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def is_active(self, what: str, now: datetime) -> bool:
        """A moment further ahead than any rest comes from a clock that was wrong."""
        return now < self._until.get(what, now) <= now + MAX_BACKOFF

    def record_failure(self, what: str, now: datetime, interval: timedelta) -> None:
        count = self._failures[what] = self._failures.get(what, 0) + 1
        self._until[what] = now + min(interval * (2.0 ** min(count - 1, 20) - 0.5), MAX_BACKOFF)

    def defer_until(self, what: str, until: datetime) -> None:
        """Not a failure, but not before that either."""
        self._until[what] = until

    def failure_count(self, what: str) -> int:
        return self._failures.get(what, 0)

    def reset(self, what: str) -> None:
        self._until.pop(what, None)
        self._failures.pop(what, None)
