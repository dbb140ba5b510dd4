"""Plan a run: what is due, and which targets are polled in which batches. Pure.

A run executes the plan, and the command `plan` prints it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial

from syncer.core import periodic
from syncer.core.account.totals import reads_rank
from syncer.core.backfill.windows import is_library_due, library_sync_due
from syncer.core.events import ResumedRun
from syncer.core.model.job import Jobs
from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.polling.policy import (
    is_listed,
    is_play_run,
    is_probe_due,
    is_recheck_due,
    is_start_due,
    is_whole_reading_due,
    rows_of_probe,
)
from syncer.core.polling.promise import Promise, is_due, promise_of
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RequestBudget, batch_limit

from .batching import build_batches, select_targets
from .player_resolver import profile_is_stale
from .sweep_plan import NO_SWEEP, SweepPlan, plan_sweep


@dataclass(frozen=True, slots=True)
class PlayerState:
    """What is stored about a configured player before a run. `player` None: it was never resolved.

    `targets`: the active ones. `interrupted`: when the first of the newest runs began that were all cut
    short; None: the last run reached its end. `drop`: the mass drop that stands, whose games wait. `jobs`:
    what was read last. `rates`: the changes a day of each game.
    """

    player: Player | None = None
    targets: tuple[Target, ...] = ()
    interrupted: datetime | None = None
    drop: MassDrop | None = None
    jobs: Jobs = field(default_factory=dict)
    rates: Mapping[GameId, float] = field(default_factory=dict)

    @property
    def polled_targets(self) -> tuple[Target, ...]:
        """The targets that do not wait for a mass drop to be confirmed."""
        if self.drop is None:
            return self.targets
        waiting = self.drop.waiting
        return tuple(target for target in self.targets if target.game_id not in waiting)

    def promise(self, tracked: TrackedPlayer) -> Promise:
        """Return how soon the next polls follow."""
        listed = self.player is None or is_listed(self.jobs)
        return promise_of(tracked, len(self.targets), self.player, is_listed=listed)

    def recheck_targets(self, max_ids: int) -> list[Target]:
        """Return the targets whose request showed the mass drop first; others that fell, if those left."""
        if self.drop is None:
            return []
        fallen = [target for target in self.targets if target.game_id in self.drop.waiting]
        first = [target for target in fallen if target.game_id in self.drop.evidence.games]
        return first or fallen[:max_ids]


@dataclass(frozen=True, slots=True)
class PollPlan:
    """The polls of a run: `polled`, a part of the active `targets`, in `batches` of ids.

    `resumed`: the interrupted run that has made the other polls. `rechecks_drop`: the first batches repeat
    the request that showed a mass drop, and need the account's sums. `sweep`: which batches are
    requests of the sweep.
    """

    targets: tuple[Target, ...]
    polled: tuple[Target, ...]
    batches: tuple[tuple[GameId, ...], ...]
    resumed: ResumedRun | None = None
    rechecks_drop: bool = False
    sweep: SweepPlan = NO_SWEEP


@dataclass(frozen=True)
class RunPlan:
    """What a run does before it reads unlocks. Its polls are planned again if a request adds targets.

    `promise`: of each poll. `reads_rank`: and the account's points. `probes`: it reads what was played last,
    and with `reads_recent_whole` all that was ever played.
    """

    state: PlayerState
    promise: Promise
    reads_profile: bool
    syncs_library: bool
    plan_polls: Callable[[], PollPlan]
    reads_rank: bool = False
    probes: bool = False
    reads_recent_whole: bool = False

    @cached_property
    def polls(self) -> PollPlan:
        """The polls, planned when they are asked for: most runs plan once more after their probe."""
        return self.plan_polls()

    @property
    def probe_rows(self) -> int:
        """How many of the games that were played last the probe reads at first."""
        return rows_of_probe(self.promise, is_hourly=self.reads_rank)

    @property
    def sweeps(self) -> bool:
        """Whether the targets are more than one batch, so that runs poll a part of them."""
        return self.promise.idle_every is not None


def plan_run(
    tracked: TrackedPlayer,
    state: PlayerState,
    budget: RequestBudget,
    now: datetime,
    *,
    only_due: bool = False,
    check_profile: bool = False,
) -> RunPlan:
    """Return what a run does that starts now. `only_due`: it polls only what is due, as the daemon does."""
    player = state.player
    stale = player is None or bool(player.gone_at) or profile_is_stale(player, tracked.schedule, now)
    promise = state.promise(tracked)
    return RunPlan(
        state,
        promise,
        reads_profile=check_profile or stale,
        syncs_library=is_library_due(tracked, player, now),
        plan_polls=partial(plan_polls, tracked, state, promise, budget, now, only_due=only_due),
        reads_rank=is_rank_due(tracked, state, promise, now),
        probes=is_probe_due(tracked, state.jobs, promise, now),
        reads_recent_whole=is_whole_reading_due(tracked, state.jobs, now),
    )


def plan_polls(
    tracked: TrackedPlayer,
    state: PlayerState,
    promise: Promise,
    budget: RequestBudget,
    now: datetime,
    *,
    only_due: bool,
) -> PollPlan:
    """Return the polls of a run; after an interrupted run, those that it has not made."""
    targets = state.polled_targets
    limit = batch_limit(budget, now, tracked.batch_size)
    fallen = state.recheck_targets(limit)
    if only_due and not any(is_due(target, now, promise, is_waiting=True) for target in fallen):
        fallen = []
    plays = only_due and is_play_run(tracked, state.jobs, promise, now)
    only_due = only_due and not plays
    polled = select_targets(targets, now, promise, only_due, state.interrupted)
    if plays:  # what fails waits as long as it does without play
        polled = [target for target in polled if not target.failures or is_due(target, now, promise)]
    # Fillers of the last batch are free for the site, but what an interrupted run has polled is not due.
    fillers = polled if state.interrupted else targets
    batches = build_batches((), fallen, limit, tracked.id_bytes)
    batches += build_batches(fillers, polled, limit, tracked.id_bytes)
    sweep = NO_SWEEP
    if promise.idle_every:
        taken = {game_id for batch in batches for game_id in batch}
        # A run that polls all sends no request of the sweep, and counts as a whole pass of it.
        free = [target for target in targets if target.game_id not in taken] if only_due else []
        sweep = plan_sweep(
            *(
                free,
                len(state.targets),
                state.jobs,
                state.rates,
                promise.idle_every,
                tracked.schedule.interval,
            ),
            *(limit, tracked.id_bytes, now),
        )
    in_sweep = {game_id for batch in sweep.batches for game_id in batch}
    swept = [target for target in targets if target.game_id in in_sweep]
    resumed = None
    if state.interrupted and not only_due:
        resumed = ResumedRun(state.interrupted, len(targets) - len(polled))
    polled, batches = [*fallen, *polled, *swept], [*batches, *sweep.batches]
    return PollPlan(state.targets, tuple(polled), tuple(batches), resumed, bool(fallen), sweep)


def plan_added(
    tracked: TrackedPlayer,
    targets: Sequence[Target],
    added: Sequence[Target],
    budget: RequestBudget,
    now: datetime,
) -> PollPlan:
    """Return the polls of targets that were added during a run."""
    # Without fillers: this run has polled all other targets already.
    batches = build_batches(added, added, batch_limit(budget, now, tracked.batch_size), tracked.id_bytes)
    return PollPlan(tuple(targets), tuple(added), tuple(batches))


def is_rank_due(tracked: TrackedPlayer, state: PlayerState, promise: Promise, now: datetime) -> bool:
    """Return whether a run reads the account's points, with the rank: once an hour.

    It starts no run, except the second check of points that differ from our sums.
    """
    player = state.player
    if not (reads_rank(tracked) or promise.idle_every):
        return False
    read_at = player.rank_read_at if player else None
    hourly = periodic.is_due(read_at, periodic.HOURLY, tracked.schedule, now)
    return hourly or is_recheck_due(state.jobs, promise, now)


def is_run_due(
    tracked: TrackedPlayer, state: PlayerState, now: datetime, *, is_backing_off: bool = False
) -> bool:
    """Return whether the daemon has to start a run. `is_backing_off`: from the library or the unlocks."""
    player = state.player
    if player is None or tracked.is_duplicate_of(player):
        return True  # the run resolves the player, or reports the duplicate
    if player.gone_at:
        return profile_is_stale(player, tracked.schedule, now)
    if not state.targets:
        return not is_backing_off and _may_find_games(tracked, player, now)
    fallen, promise = state.recheck_targets(tracked.batch_size), state.promise(tracked)
    return (
        any(is_due(target, now, promise) for target in state.polled_targets)
        or any(is_due(target, now, promise, is_waiting=True) for target in fallen)
        or is_start_due(tracked, state.jobs, promise, now)
    )


def _may_find_games(tracked: TrackedPlayer, player: Player, now: datetime) -> bool:
    """Return whether the library of a player without targets is to be read again: no target is due."""
    if not tracked.played or not (tracked.unlocks or library_sync_due(player, tracked.schedule, now)):
        return False
    # At most once an interval. A time in the future comes from a wrong clock and does not count.
    last = max(player.library_synced_at or EPOCH, player.unlocks_synced_until or EPOCH)
    return not last <= now < last + tracked.schedule.interval
