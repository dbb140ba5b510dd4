"""Health: how recently each player was polled. Used by readiness, metrics and the heartbeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.consistency import Points
from syncer.core.model.schedule import DailySchedule, Schedule
from syncer.core.ratelimit.budget import RateLimits, RequestBudget, blocked_until

STALE_AFTER = 3  # intervals without an accepted poll of the account
DAILY_ALLOWANCE = timedelta(minutes=30)  # after a time of the day, and gap_after
NEGLECTED_AFTER = timedelta(hours=1)  # after a target became overdue


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much later than promised a poll may come. `is_daily`: promised are times of the day.

    Three intervals of one in a day would be three days, so after a time of the day a fixed length counts.
    """

    gap_after: timedelta
    is_daily: bool = False

    @classmethod
    def of(cls, schedule: Schedule, gap_after: timedelta) -> "Tolerance":
        """Return the tolerance of a schedule."""
        return cls(gap_after, isinstance(schedule, DailySchedule))

    def fresh_for(self, promised: timedelta) -> timedelta:
        """Return how long after its last poll an account is fresh that was promised the next one then."""
        if self.is_daily:
            return promised + DAILY_ALLOWANCE + self.gap_after
        return max(STALE_AFTER * promised, promised + self.gap_after)


@dataclass(frozen=True, slots=True)
class PlayerHealth:
    """The health of one player. `player` is the configured name.

    `last_poll_at`: of the account; None before any poll. `fresh_until`: when it must be polled again.
    Counts of the followed targets: all, those due now, overdue (so late that a gap follows), neglected
    (overdue for an hour) and failing (the last request brought no accepted answer). `problem`: why nothing is
    followed. `unexplained`: the account's points without our sums, by the newest comparison; None: there was
    none.
    followed. `promised_seconds`: from one poll of the account to the next; `target_seconds`: of a game, the
    longest; `oldest_poll_at`: of the game whose last accepted poll is the oldest. None: there was none.
    """

    player: str
    username: str
    last_poll_at: datetime | None = None
    fresh_until: datetime | None = None
    targets: int = 0
    due: int = 0
    overdue: int = 0
    neglected: int = 0
    failing: int = 0
    problem: str = ""
    unexplained: Points | None = None
    promised_seconds: int | None = None
    target_seconds: int | None = None
    oldest_poll_at: datetime | None = None

    def age(self, now: datetime) -> float | None:
        """Return the seconds since the last accepted poll, or None if there was none."""
        return (now - self.last_poll_at).total_seconds() if self.last_poll_at else None

    def oldest_age(self, now: datetime) -> float | None:
        """Return the seconds since the oldest newest poll of a game, or None if there was none."""
        return (now - self.oldest_poll_at).total_seconds() if self.oldest_poll_at else None

    def is_polled(self, now: datetime) -> bool:
        """Return whether the account was polled, nearly as promised."""
        return self.fresh_until is not None and now <= self.fresh_until

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the account and each target were polled, nearly as promised."""
        return not self.stale_reason(now)

    def stale_reason(self, now: datetime) -> str:
        """Return why the player is not fresh, in a few words; empty if it is."""
        if self.problem:
            return self.problem
        if self.last_poll_at is None:
            return "never polled"
        if not self.is_polled(now):
            return f"not polled for {format_duration(now - self.last_poll_at)}"
        return f"{pluralize(self.neglected, 'game')} overdue for an hour" if self.neglected else ""


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

    def site_wait(self, player: PlayerHealth) -> datetime | None:
        """Return until when the site asked to wait with the key of a player; None: it did not."""
        budget = self.budgets.get(player.player, RequestBudget())
        # A wait after an outage is our own: an answer may come at any time.
        return None if budget.wait_reason == "outage" else blocked_until(budget, self.at)
