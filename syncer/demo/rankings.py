"""The ranks of the demo world's players among invented others."""

from datetime import datetime, timedelta
from threading import RLock

from .models import EPOCH, Account

OTHERS = 84_000  # players who are ranked, besides those of the demo world
TYPICAL_POINTS = 400  # half of the others have more
REBUILT_EVERY = timedelta(minutes=15)


class Rankings:
    """A table that is rebuilt every 15 minutes, so that a rank can be older than the points beside it."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._ranks: dict[str, tuple[int, int]] = {}  # by ULID: when it was computed, and the rank

    @property
    def total(self) -> int:
        return OTHERS

    def rank(self, account: Account, points: int, now: datetime) -> int | None:
        """Return the place of an account with so many points in hardcore; None: it is not ranked."""
        if account.banned:
            return None
        build = (now - EPOCH) // REBUILT_EVERY
        with self._lock:
            stored = self._ranks.get(account.ulid)
            if stored is None or stored[0] != build:
                stored = (build, 1 + OTHERS * TYPICAL_POINTS // (TYPICAL_POINTS + points))
                self._ranks[account.ulid] = stored
            return stored[1]
