"""The requests of the next run, by the plan that it will execute. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from syncer.core.backfill.run import MAX_PLAYTIMES_PER_RUN
from syncer.core.backfill.titles import MAX_TITLE_REQUESTS, title_requests
from syncer.core.backfill.unlocks import MAX_LIST_PAGES_PER_RUN
from syncer.core.backfill.windows import (
    MAX_GAMES_PER_RUN,
    is_library_due,
    page_count,
    unlocks_due,
    whole_listing_due,
)
from syncer.core.model.job import NO_JOB, Job, JobKind
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.play import MAX_RECENT_PER_PAGE
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import GameId
from syncer.core.polling.policy import WHOLE_PAGES_PER_RUN
from syncer.core.polling.promise import Promise
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.plan import PlayerState, RunPlan


@dataclass(frozen=True, slots=True)
class BackfillSize:
    """How much the backfill has left to read, as far as is known.

    `played`: games in the library; `unlocks`: those not stored yet; `outdated_consoles`: consoles without a
    recent list of games (None: no console is known); `mismatched_games`: unlocks and numbers differ;
    `title_refreshes`: requests that read outdated titles again; `list_pages`: what is left of a reading of
    all unlocks; `has_no_points`: the account has none, which another answer has to prove; `playtimes`: games
    whose playtime is to be read.
    """

    played: int = 0
    unlocks: int = 0
    untitled_games: int = 0
    outdated_consoles: int | None = None
    mismatched_games: int = 0
    title_refreshes: int = 0
    list_pages: int = 0
    has_no_points: bool = False
    playtimes: int = 0


def after_probe(state: PlayerState, plan: RunPlan, newest: Collection[GameId], now: datetime) -> PlayerState:
    """Return what the polls of a run find after its probe. `newest`: the games that were played last."""
    read = set(newest)
    if plan.reads_recent_whole:
        pages = WHOLE_PAGES_PER_RUN * MAX_RECENT_PER_PAGE
        read.update([t.game_id for t in state.targets if t.source == "played"][:pages])
    polled = tuple(_polled(t, plan.promise, now) if t.game_id in read else t for t in state.targets)
    return replace(state, targets=polled, jobs={**state.jobs, JobKind.PROBE: Job(now)})


def _polled(target: Target, promise: Promise, now: datetime) -> Target:
    seconds = promise.seconds_after(now)
    return target._replace(due_at=None, failures=0, last_seen_at=now, promised_seconds=seconds)


def run_requests(plan: RunPlan, tracked: TrackedPlayer, size: BackfillSize, now: datetime) -> int:
    """Return how many requests a run sends that follows the plan, if each is answered and nothing changed."""
    player = plan.state.player
    if player and tracked.is_duplicate_of(player):
        return 0
    profile = _profile_requests(plan, tracked)
    if player and player.gone_at:
        return profile
    polls = probe_requests(plan, size) + len(plan.polls.batches) + _points_requests(plan, tracked, size)
    backfill = backfill_requests(player, tracked, size, _moves_counts(plan, tracked, now), now)
    return profile + polls + backfill + min(size.playtimes, MAX_PLAYTIMES_PER_RUN)


def _profile_requests(plan: RunPlan, tracked: TrackedPlayer) -> int:
    """Return one request for the profile, and one more for a name that may be another player's by now."""
    player = plan.state.player
    if not plan.reads_profile or player is None or player.gone_at:
        return int(plan.reads_profile)
    return 2 if tracked.is_renamed(player.username) else 1


def probe_requests(plan: RunPlan, size: BackfillSize) -> int:
    """Return one request for the probe, and those for a part of all games that were ever played."""
    if not plan.probes:
        return 0
    if not plan.reads_recent_whole:
        return 1
    offset = int(plan.state.jobs.get(JobKind.RECENT_WHOLE, NO_JOB).cursor or 0)
    return 1 + min(recent_pages(size.played - offset), WHOLE_PAGES_PER_RUN)


def recent_pages(games: int) -> int:
    """Return how many requests read so many played games: only a page with room left is the last."""
    return max(0, games) // MAX_RECENT_PER_PAGE + 1


def _points_requests(plan: RunPlan, tracked: TrackedPlayer, size: BackfillSize) -> int:
    """Return one request for the account's points, and one that proves that it has none."""
    needs_proof = tracked.rank and size.has_no_points and not plan.reads_profile
    return int(plan.reads_rank) + int(plan.reads_rank and needs_proof)


def _moves_counts(plan: RunPlan, tracked: TrackedPlayer, now: datetime) -> bool:
    """Return whether the run is certain to read unlocks: after a first poll, or after a gap."""
    return any(
        target.expected_at is None or target.expected_at + tracked.gap_after < now
        for target in plan.state.targets
    )


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
