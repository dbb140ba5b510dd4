"""What a run will ask, and how much a year of looking will store. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.backfill.titles import title_requests
from syncer.core.backfill.windows import MAX_GAMES_PER_RUN, library_sync_due, page_count, unlocks_due
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.player import Player
from syncer.core.model.schedule import DailySchedule, Schedule
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.sync.player_resolver import profile_is_stale

from .ports import TrackedPlayer

YEAR = timedelta(days=365)
DEFAULT_CHANGES_PER_DAY = 0.15  # of one game, where too little was seen to know better (docs/performance.md)
MIN_OBSERVED_DAYS = 30.0  # days of looking at one game, summed over all, before what was seen is believed


@dataclass(frozen=True, slots=True)
class RowSize:
    """Bytes that a stored row costs, its index entries included (measured: ./run bench)."""

    snapshot: float
    run: float


def profile_requests(player: Player | None, who: TrackedPlayer, now: datetime) -> int:
    """How often a run that starts now asks for the profile before it looks at games."""
    if player is None:
        return 1
    if not player.gone_at and not profile_is_stale(player, now):
        return 0
    renamed = who.username is not None and who.username.lower() != player.username.lower()
    return 2 if renamed and not player.gone_at else 1


@dataclass(frozen=True, slots=True)
class BackfillSize:
    """How much there is to learn, as far as we know: played games, unlocks that are not stored yet.

    `nameless` games have no title; `unlisted` consoles were not asked for theirs (null: none is known). In
    `doubtful` games unlocks and numbers differ.
    """

    played: int = 0
    unlocks: int = 0
    untitled_games: int = 0
    outdated_consoles: int | None = None
    mismatched_games: int = 0


def backfill_requests(
    player: Player | None, who: TrackedPlayer, extent: BackfillSize, changed: bool, now: datetime
) -> int:
    """How many answers tell the played games, the unlocks and titles, where each is due.

    `changed`: the run is sure to see numbers that were not seen before.
    """
    pages = (
        page_count(extent.played) if who.played and (player is None or library_sync_due(player, now)) else 0
    )
    if not who.unlocks:
        return pages
    answers = extent.unlocks // MAX_UNLOCKS_PER_PAGE + 1
    if player is None or player.unlocks_synced_until is None:
        return pages + answers
    due = unlocks_due(player, now, played=who.played, changed=changed)
    again = min(extent.mismatched_games, MAX_GAMES_PER_RUN)
    return (
        pages
        + (answers if due else 0)
        + again
        + title_requests(extent.untitled_games, extent.outdated_consoles)
    )


def estimated_seconds(requests: int, limits: RateLimits) -> float:
    """How long so many requests take at least, from a budget that nobody has used."""
    return max(0, requests - limits.burst) * limits.spacing.total_seconds()


def polls_per_day(schedule: Schedule) -> float:
    if isinstance(schedule, DailySchedule):
        return float(len(schedule.times))
    return timedelta(days=1) / schedule.interval


def changes_per_day(seen: int, watched_days: float) -> float:
    """Changes of one game a day: `seen` in so many days, summed over all games; or what is usual."""
    return seen / watched_days if watched_days >= MIN_OBSERVED_DAYS else DEFAULT_CHANGES_PER_DAY


@dataclass(frozen=True, slots=True)
class Growth:
    """What a year adds."""

    snapshots: float
    runs: float
    bytes: float


def growth(games: int, daily_changes: float, schedule: Schedule, weight: RowSize) -> Growth:
    days = YEAR / timedelta(days=1)
    snapshots, runs = games * daily_changes * days, polls_per_day(schedule) * days
    return Growth(snapshots, runs, snapshots * weight.snapshot + runs * weight.run)
