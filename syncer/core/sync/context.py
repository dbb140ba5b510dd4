"""What all runs over one player share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from syncer.core.backfill.backoff import Backoff
from syncer.core.events import EventHandler
from syncer.core.library_ports import LibraryStore, TitleStore
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.model.run import RunMark
from syncer.core.periodic import DAILY
from syncer.core.polling.rates import RATE_WINDOW, change_rates
from syncer.core.ports import PlayerStore, PollingStore, ProgressSource, RunStore, TrackedPlayer
from syncer.core.site_clock import SiteClock

from .known_targets import KnownTargets, TargetCache, merge
from .plan import PlayerState, RunPlan, plan_run


@dataclass
class SyncContext:
    """A configured player, and what its runs work with.

    The last seven only save work. They are lost with the process, so a run after a restart may send some
    more than it needs. `check_profile`: the next run reads the profile, however recent it is. `backoff`: from
    what the site did not answer. `next_mismatch_check_at`: when unlocks and snapshots are compared next.
    `check_clock`: the next run is due now, and reads the profile first, because our clock was stepped.
    `known_rates`: how often each game changes, and when that was read. `target_cache`: the targets of players
    with more than one batch, as their last runs have left them. `targets_read_at`: when all were read last.
    """

    tracked: TrackedPlayer
    source: ProgressSource
    players: PlayerStore
    runs: RunStore
    library: LibraryStore
    titles: TitleStore
    polling: PollingStore
    clock: SiteClock
    announce: EventHandler
    rng: Random = field(default_factory=Random)
    check_profile: bool = False
    backoff: Backoff = field(default_factory=Backoff)
    next_mismatch_check_at: datetime = EPOCH
    check_clock: bool = False
    known_rates: tuple[datetime, Mapping[GameId, float]] = (EPOCH, {})
    target_cache: TargetCache = field(default_factory=TargetCache)
    targets_read_at: datetime = EPOCH

    def rates(self, player: Player, now: datetime) -> Mapping[GameId, float]:
        """Return how often each game of the player changes, read once a day. Raises StoreError."""
        read_at, rates = self.known_rates
        if not read_at <= now < read_at + DAILY:
            rates = change_rates(self.polling.observations(player, now - RATE_WINDOW))
            self.known_rates = now, rates
        return rates

    def targets(self, player: Player, now: datetime) -> tuple[Target, ...]:
        """Return the active targets, which follow the configuration. Raises StoreError."""
        known = self.target_cache.get(player.id)
        found = known.as_of(self.runs.newest_run(player), now) if known else None
        if found is None:
            self.targets_read_at, found = now, tuple(self.players.reconcile(player, self.tracked, now))
        return found

    def reread(self, state: PlayerState, polled: Iterable[GameId]) -> tuple[Target, ...]:
        """Return the targets after some were polled: the others are as before. Raises StoreError."""
        assert state.player
        return merge(state.targets, self.players.targets_of(state.player, list(polled)))

    def sweeps(self, state: PlayerState) -> bool:
        """Return whether runs poll a part of the targets."""
        return state.promise(self.tracked).idle_every is not None

    def keep_targets(self, mark: RunMark, state: PlayerState, polled: Iterable[GameId]) -> None:
        """Keep the targets as this run has left them. Raises StoreError."""
        assert state.player
        known = KnownTargets(mark, self.targets_read_at, self.reread(state, polled))
        self.target_cache.keep(state.player.id, known)

    def plan(self, state: PlayerState, *, only_due: bool = False) -> RunPlan:
        """Return what the next run does. Sends and stores nothing. Raises StoreError."""
        budget, now = self.source.limiter.read(), self.clock.now()
        return plan_run(self.tracked, state, budget, now, only_due=only_due, check_profile=self.check_profile)
