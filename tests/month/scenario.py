"""What a simulated month is made of: its size, what happens in it, and what disturbs the recording."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
EVERY = timedelta(minutes=15)
Span = tuple[float, float]  # begin and end, in days after the start


@dataclass(frozen=True)
class Scenario:
    """One player and one site. Rates are per day.

    `games`: that the player has a row of. `catalogue`: games with a set, at least; a tenth more than `games`
    where that is more. `touching`: the share of the revisions that changes an achievement which the player
    has. `failing`: the share of the requests that fail, with all their attempts. `outages`: no connection.
    `pauses`: no daemon. `account_reset`: the day on which the player resets the account.
    """

    games: int = 10_000
    days: float = 30.0
    seed: int = 1
    catalogue: int = 12_000
    consoles: int = 40
    play_minutes: float = 120.0
    revisions: int = 40
    touching: float = 0.1
    offline: float = 0.5
    manual: float = 0.4
    reset_achievements: float = 0.3
    reset_games: float = 0.2
    failing: float = 0.0
    outages: tuple[Span, ...] = ()
    pauses: tuple[Span, ...] = ()
    account_reset: float | None = None

    def disturbed(self, failing: float = 0.05) -> "Scenario":
        """Return the same month with failing requests, a day of outage, and a night without the daemon."""
        first = self.days / 3
        outage, night = (first, min(first + 1, self.days)), (2 * first, 2 * first + 8 / 24)
        return replace(self, failing=failing, outages=(outage,), pauses=(night,))


def moment(day: float) -> datetime:
    return START + timedelta(seconds=round(day * 86_400))
