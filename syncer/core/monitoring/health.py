"""Signs of life: how the looking goes, for health, metrics and whoever watches us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncer.core.ratelimit.budget import RateLimits, RequestBudget

STALE_AFTER = 3  # intervals in which every player is looked at, or something is wrong


@dataclass(frozen=True, slots=True)
class PlayerHealth:
    """How one player is looked at. `player`: as configured. Null `last_poll_at`: never seen.

    Of the live targets: how many, due now, overdue (so late that a gap follows), failing (not answered when
    they were last asked about).
    """

    player: str
    username: str
    last_poll_at: datetime | None = None
    longest_interval: timedelta = timedelta(0)
    targets: int = 0
    due: int = 0
    overdue: int = 0
    failing: int = 0

    def age(self, now: datetime) -> float | None:
        """Seconds since the last look."""
        return (now - self.last_poll_at).total_seconds() if self.last_poll_at else None

    def is_fresh(self, now: datetime) -> bool:
        age = self.age(now)
        return age is not None and age < STALE_AFTER * self.longest_interval.total_seconds()


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All of it at one moment. `size`: bytes of the database. `budgets`: by configured player."""

    at: datetime
    players: tuple[PlayerHealth, ...] = ()
    size: int = 0
    budgets: Mapping[str, RequestBudget] = field(default_factory=dict)
    limits: RateLimits = field(default_factory=RateLimits)

    @property
    def stale_players(self) -> list[str]:
        """Who was not looked at lately."""
        return [pulse.username for pulse in self.players if not pulse.is_fresh(self.at)]
