"""Start the runs over one player."""

from dataclasses import replace
from datetime import datetime

from syncer.core.backfill.run import LIBRARY
from syncer.core.backfill.unlocks import UNLOCKS
from syncer.core.events import RunEnded
from syncer.core.model.player import Player
from syncer.core.model.progress import EPOCH
from syncer.core.model.run import RunReport
from syncer.core.periodic import DAILY
from syncer.core.polling.policy import earliest, starts_at
from syncer.core.polling.promise import next_poll_at

from .context import SyncContext
from .plan import PlayerState, is_run_due
from .run import SyncRun


class PlayerSync(SyncContext):
    """Runs over one player. What is due is stored, so any process may start the next run."""

    def run_once(self, trigger: str, *, only_due: bool = False) -> RunReport | None:
        """Find the player, open a run, execute it and close it. None: nothing was due.

        Raises StoreError when the run could not be opened (then nothing was sent) or not be closed.
        """
        started, began = self.clock.now(), self.clock.monotonic()
        state = self._stored_state(started)
        if only_due and not (self.check_clock or self._is_due(state, started)):
            return None
        if self.check_clock:
            self.check_clock, self.check_profile = False, True
        if state.player:
            # Before open_run(), because the run that it opens would count as cut short itself.
            state = replace(state, interrupted=self.runs.interrupted_run_started_at(state.player))
        run_id = self.runs.open_run(state.player, trigger, started)
        run = SyncRun(self, run_id, started, state, only_due=only_due)
        self.source.limiter.reset_wait_allowance()
        if state.player:
            self.target_cache.drop(state.player.id)
        report = run.close(error := run.execute())
        run.keep_targets(error)
        self.announce(RunEnded(report, self.clock.monotonic() - began))
        return report

    def next_wake(self) -> datetime | None:
        """Return when something will be due; None: the player was never resolved. Raises StoreError."""
        player = self.players.find_player(self.tracked.username, self.tracked.ulid)
        if player is None:
            return None
        if player.gone_at and player.profile_checked_at:
            return player.profile_checked_at + DAILY
        state = self._state_of(player, self.clock.now())
        waking = [*state.polled_targets, *state.recheck_targets(self.tracked.batch_size)]
        promise = state.promise(self.tracked)
        polls = min((next_poll_at(target, promise) or EPOCH for target in waking), default=None)
        return earliest([polls, starts_at(self.tracked, state.jobs, promise) if waking else None])

    def _stored_state(self, now: datetime) -> PlayerState:
        """Return the player with its targets, which follow the configuration; none for a duplicate."""
        player = self.players.find_player(self.tracked.username, self.tracked.ulid)
        if player is None or self.tracked.is_duplicate_of(player):
            return PlayerState(player)
        return self._state_of(player, now)

    def _state_of(self, player: Player, now: datetime) -> PlayerState:
        targets = self.targets(player, now)
        drop, jobs = self.runs.standing_drop(player), self.players.jobs(player)
        state = PlayerState(player, targets, drop=drop, jobs=jobs)
        return replace(state, rates=self.rates(player, now)) if self.sweeps(state) else state

    def _is_due(self, state: PlayerState, now: datetime) -> bool:
        backing_off = any(self.backoff.is_active(subject, now) for subject in (LIBRARY, UNLOCKS))
        return is_run_due(self.tracked, state, now, is_backing_off=backing_off)
