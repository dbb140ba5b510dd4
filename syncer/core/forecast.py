"""What a run will ask, and how much a year of looking will store. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .acquaintance import stale
from .history import MOST_UNLOCKS
from .learn import is_walk_due, pages_of
from .model import Player
from .pace import Limits
from .ports import Following
from .schedule import Daily, Schedule

YEAR = timedelta(days=365)
CHANGES_A_DAY = 0.15  # of one game, where too little was seen to know better (docs/performance.md)
LEAST_SEEN = 30.0  # days of looking at one game, summed over all, before what was seen is believed


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes that a stored row costs, its index entries included (measured: ./run bench)."""

    snapshot: float
    run: float


def profile_requests(player: Player | None, who: Following, now: datetime) -> int:
    """How often a run that starts now asks for the profile before it looks at games."""
    if player is None:
        return 1
    if not player.gone_at and not stale(player, now):
        return 0
    renamed = who.username is not None and who.username.lower() != player.username.lower()
    return 2 if renamed and not player.gone_at else 1


def learning_requests(player: Player, played: int, unlocks: int, now: datetime) -> int:
    """How many answers tell the played games, where that is due, and the unlocks since the last one."""
    pages = pages_of(played) if is_walk_due(player, now) else 0
    return pages + (1 if player.unlocks_until else unlocks // MOST_UNLOCKS + 1)


def seconds_needed(requests: int, limits: Limits) -> float:
    """How long so many requests take at least, from a budget that nobody has used."""
    return max(0, requests - limits.burst) * limits.spacing.total_seconds()


def looks_a_day(schedule: Schedule) -> float:
    if isinstance(schedule, Daily):
        return float(len(schedule.times))
    return timedelta(days=1) / schedule.interval


def changes_a_day(seen: int, watched_days: float) -> float:
    """Changes of one game a day: `seen` in so many days, summed over all games; or what is usual."""
    return seen / watched_days if watched_days >= LEAST_SEEN else CHANGES_A_DAY


@dataclass(frozen=True, slots=True)
class Growth:
    """What a year adds."""

    snapshots: float
    runs: float
    bytes: float


def growth(games: int, daily_changes: float, schedule: Schedule, weight: Weight) -> Growth:
    days = YEAR / timedelta(days=1)
    snapshots, runs = games * daily_changes * days, looks_a_day(schedule) * days
    return Growth(snapshots, runs, snapshots * weight.snapshot + runs * weight.run)
