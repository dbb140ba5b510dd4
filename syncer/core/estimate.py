"""Estimates: the requests of the next run, and how much a year of polling stores. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.backfill.titles import MAX_TITLE_REQUESTS, title_requests
from syncer.core.backfill.unlocks import MAX_LIST_PAGES_PER_RUN
from syncer.core.backfill.windows import MAX_GAMES_PER_RUN, page_count, unlocks_due, whole_listing_due
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.player import Player
from syncer.core.model.schedule import DailySchedule, Schedule
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.sync.plan import RunPlan, is_library_due

from .ports import TrackedPlayer

YEAR = timedelta(days=365)
DEFAULT_CHANGES_PER_DAY = 0.15  # of one game, while too few were observed (docs/performance.md)
MIN_OBSERVED_DAYS = 30.0  # summed over all games; with fewer days the observed changes are too few to count


@dataclass(frozen=True, slots=True)
class RowSize:
    """Bytes per stored row, with its index entries (measured: ./run bench)."""

    snapshot: float
    run: float


@dataclass(frozen=True, slots=True)
class BackfillSize:
    """How much the backfill has left to read, as far as is known.

    `played`: games in the library; `unlocks`: those not stored yet; `outdated_consoles`: consoles without a
    recent list of games (None: no console is known); `mismatched_games`: unlocks and numbers differ;
    `title_refreshes`: requests that read outdated titles again; `list_pages`: what is left of a reading of
    all unlocks; `has_no_points`: the account has none, which another answer has to prove.
    """

    played: int = 0
    unlocks: int = 0
    untitled_games: int = 0
    outdated_consoles: int | None = None
    mismatched_games: int = 0
    title_refreshes: int = 0
    list_pages: int = 0
    has_no_points: bool = False


def run_requests(plan: RunPlan, tracked: TrackedPlayer, size: BackfillSize, now: datetime) -> int:
    """Return how many requests a run sends that follows the plan, if each of them is answered."""
    player = plan.state.player
    if player and tracked.is_duplicate_of(player):
        return 0
    profile = _profile_requests(plan, tracked)
    if player and player.gone_at:
        return profile
    changed = any(target.last_seen_at is None for target in plan.polls.polled)  # a first poll is a change
    rank = int(plan.reads_rank) + int(plan.reads_rank and size.has_no_points and not plan.reads_profile)
    return profile + len(plan.polls.batches) + rank + backfill_requests(player, tracked, size, changed, now)


def _profile_requests(plan: RunPlan, tracked: TrackedPlayer) -> int:
    """Return one request for the profile, and one more for a name that may be another player's by now."""
    player = plan.state.player
    if not plan.reads_profile or player is None or player.gone_at:
        return int(plan.reads_profile)
    return 2 if tracked.is_renamed(player.username) else 1


def backfill_requests(
    player: Player | None, tracked: TrackedPlayer, size: BackfillSize, changed: bool, now: datetime
) -> int:
    """Return how many requests the backfill of the next run sends for the library, unlocks and titles.

    `changed`: the run is certain to find new numbers.
    """
    library = 0
    if is_library_due(tracked, player, now):
        whole = tracked.played and (player is None or whole_listing_due(tracked, player, now))
        library = page_count(size.played) if whole else 1
    if not tracked.unlocks:
        return library
    # One more: only an answer with room left shows that there are no further unlocks (site-api.md 5.8).
    windows = size.unlocks // MAX_UNLOCKS_PER_PAGE + 1
    if player is None or player.unlocks_synced_until is None:
        return library + windows
    if not unlocks_due(player, tracked, now, changed=changed):
        windows = 0
    repairs = min(size.list_pages, MAX_LIST_PAGES_PER_RUN) or min(size.mismatched_games, MAX_GAMES_PER_RUN)
    titles = title_requests(size.untitled_games, size.outdated_consoles) + size.title_refreshes
    return library + windows + repairs + min(titles, MAX_TITLE_REQUESTS)


def estimated_seconds(requests: int, limits: RateLimits) -> float:
    """Return how long the requests take at least, with a full budget."""
    return max(0, requests - limits.burst) * limits.spacing.total_seconds()


def polls_per_day(schedule: Schedule) -> float:
    """Return how often a target is polled a day."""
    if isinstance(schedule, DailySchedule):
        return float(len(schedule.times))
    return timedelta(days=1) / schedule.interval


def changes_per_day(observed: int, observed_days: float) -> float:
    """Return the changes of one game a day: those observed, or the default if they are too few.

    Both are sums over all games.
    """
    return observed / observed_days if observed_days >= MIN_OBSERVED_DAYS else DEFAULT_CHANGES_PER_DAY


@dataclass(frozen=True, slots=True)
class Growth:
    """Rows and bytes that a year adds."""

    snapshots: float
    runs: float
    bytes: float


def growth(games: int, daily_changes: float, schedule: Schedule, row_size: RowSize) -> Growth:
    """Return how much a year of polling stores."""
    days = YEAR / timedelta(days=1)
    snapshots, runs = games * daily_changes * days, polls_per_day(schedule) * days
    return Growth(snapshots, runs, snapshots * row_size.snapshot + runs * row_size.run)
