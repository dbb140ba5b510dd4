"""The limit in front of the site, as other clients have measured it (site-api.md section 10)."""

from collections import defaultdict, deque

MINUTE = 60.0
REFUSALS_WITHOUT_WAIT = 9  # after so many 429 of one key, Retry-After comes
RETRY_AFTER = 600


class SlidingWindowLimit:
    """Counts the requests of each key within any sliding minute. Moments are monotonic seconds."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._accepted: dict[str, deque[float]] = defaultdict(deque)
        self._refusals: dict[str, int] = defaultdict(int)

    def refusal(self, key: str, at: float) -> str | None:
        """Return the fault with which a request is refused; None: it is accepted."""
        accepted = self._accepted[key]
        while accepted and accepted[0] <= at - MINUTE:
            accepted.popleft()
        if len(accepted) < self._per_minute:
            accepted.append(at)
            return None
        self._refusals[key] += 1
        return f"429_after_{RETRY_AFTER}" if self._refusals[key] > REFUSALS_WITHOUT_WAIT else "429"
