"""The limiter in front of the site, as other clients have measured it (site-api.md section 10)."""

from collections import defaultdict, deque

MINUTE = 60.0
PATIENT_REFUSALS = 9  # after so many 429 of one key it says how long to stay away
STAY_AWAY = 600


class Limiter:
    """Counts the requests of each key within any sliding minute. Instants are monotonic seconds."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._passed: dict[str, deque[float]] = defaultdict(deque)
        self._refusals: dict[str, int] = defaultdict(int)

    def refuses(self, key: str, at: float) -> str | None:
        """The weather of a refusal, or None: it may pass."""
        passed = self._passed[key]
        while passed and passed[0] <= at - MINUTE:
            passed.popleft()
        if len(passed) < self._per_minute:
            passed.append(at)
            return None
        self._refusals[key] += 1
        return f"429_after_{STAY_AWAY}" if self._refusals[key] > PATIENT_REFUSALS else "429"
