"""Health: how recently each player was polled. Used by readiness, metrics and the heartbeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncer.core.ratelimit.budget import RateLimits, RequestBudget

STALE_AFTER = 3  # intervals without an accepted poll


@dataclass(frozen=True, slots=True)
class PlayerHealth:
    """The health of one player. `player` is the configured name; `last_poll_at` is None before any poll.

    Counts of the followed targets: all, those due now, overdue (so late that a gap follows), and failing
    (the last request brought no accepted answer). `problem`: why nothing is followed.
    """

    player: str
    username: str
    last_poll_at: datetime | None = None
    longest_interval: timedelta = timedelta(0)
    targets: int = 0
    due: int = 0
    overdue: int = 0
    failing: int = 0
    problem: str = ""

    def age(self, now: datetime) -> float | None:
        """Return the seconds since the last accepted poll, or None if there was none."""
        return (now - self.last_poll_at).total_seconds() if self.last_poll_at else None

    def is_fresh(self, now: datetime) -> bool:
        """Return whether a poll was accepted within STALE_AFTER of the longest interval."""
        # The longest interval of all targets, so that a slow schedule is not reported as an outage.
        age = self.age(now)
        return (
            not self.problem and age is not None and age < STALE_AFTER * self.longest_interval.total_seconds()
        )


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health of all players at one time. `size`: bytes of the database; `budgets`: by player."""

    at: datetime
    players: tuple[PlayerHealth, ...] = ()
    size: int = 0
    budgets: Mapping[str, RequestBudget] = field(default_factory=dict)
    limits: RateLimits = field(default_factory=RateLimits)

    @property
    def stale_players(self) -> list[str]:
        """The usernames of the players that are not fresh."""
        return [player.username for player in self.players if not player.is_fresh(self.at)]

    @property
    def problems(self) -> list[str]:
        """What each player's problem is, with the username."""
        return [f"{player.username}: {player.problem}" for player in self.players if player.problem]
