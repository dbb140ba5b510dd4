"""The sync engine: one run over a player."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from syncer.core.backfill.run import LIBRARY, Backfill
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.errors import (
    ApiError,
    Deferred,
    PlayerNotFound,
    SiteUnavailable,
    StoreError,
    SyncerError,
    Unauthorized,
)
from syncer.core.events import RunStarted, WarningRaised
from syncer.core.model.player import Player, Target
from syncer.core.model.run import RunMark, RunReport
from syncer.core.ratelimit import budget
from syncer.core.store_retry import with_retries

from .batch_fetcher import BatchFetcher
from .batch_recorder import BatchRecorder
from .clock_notice import clock_notice
from .context import SyncContext
from .plan import PlayerState, RunPlan, plan_added
from .player_resolver import PlayerResolver
from .points_check import SEARCH, PointsCheck
from .prober import Prober
from .rank_reader import RANK
from .run_report import build_report


class SyncRun:
    """One run, from its opened row to its closed one.

    resolve player -> sync library -> probe -> poll -> check points -> backfill -> close
    """

    def __init__(
        self, context: SyncContext, run_id: int, started: datetime, state: PlayerState, *, only_due: bool
    ) -> None:
        c = self.context = context
        self.run_id, self.state, self.only_due = run_id, state, only_due
        self.resolver = PlayerResolver(c.tracked, c.source, c.players, c.clock, c.announce, state.player)
        self.backfiller = Backfill(c.tracked, c.source, c.library, c.titles, c.clock, c.announce, c.backoff)
        self.recorder = BatchRecorder(c.tracked, c.runs, c.clock, run_id, started)
        self.fetcher = BatchFetcher(c.source, self.resolver, self.recorder, c.clock, c.announce)
        self.prober = Prober(
            *(c.tracked, c.source, c.players, self.resolver, self.recorder),
            *(self.backfiller.unreadable, c.announce),
        )
        self.points = PointsCheck(c, run_id, self.resolver, self.fetcher)
        self.requests_before = c.source.requests
        self._reads_others = False  # more than polls and points
        self.outage_failures_at_start = 0

    def execute(self) -> SyncerError | None:
        """Do all steps; return what ended the run early, or None."""
        try:
            try:
                self.outage_failures_at_start = self.context.source.limiter.read().outage_failures
                plan = self.resolve_player(self.plan())
                # Polls before unlocks: a poll is promised for a time, an unlock can be read later as well.
                plan = self.probe(self.sync_library(plan))
                self.poll(plan)
                self.check_points(plan)
                before = self.context.source.requests
                if self.context.tracked.unlocks:
                    self.backfill()
                else:
                    self.backfiller.decide_rises(self.resolver.player)
                self.backfiller.read_playtime(self.resolver.player)
                self._reads_others |= self.context.source.requests > before
                self._require_targets()
            # An inner try, because apply_backoff() writes the budget and may raise a StoreError itself.
            except ApiError as error:
                self.apply_backoff(error)
                return error
        except SyncerError as error:
            return error
        except BaseException:
            self.close(SyncerError("a bug; its traceback is in the log"))  # an open run would be resumed
            raise
        return None

    def plan(self) -> RunPlan:
        """Return what the rest of the run does, by what is stored now."""
        return self.context.plan(self.state, only_due=self.only_due)

    def resolve_player(self, plan: RunPlan) -> RunPlan:
        """Bind an unresolved player, or refresh the profile; return the plan, made again after that."""
        self.resolver.reject_duplicate()
        if self.resolver.known is None:
            self._reads_others = True
            self.resolver.bind(self.run_id)
            self._reload_targets()
        elif plan.reads_profile:
            self.resolver.refresh_profile(self.run_id)
        self.context.check_profile = False
        # Again, because the request may have taken long, or changed the limit of a batch.
        return self.plan() if plan.reads_profile else plan

    def sync_library(self, plan: RunPlan) -> RunPlan:
        """Read the listing of played games, whose targets are polled in this same run."""
        if not plan.syncs_library:
            return plan
        self._reads_others = True
        if self.backfiller.sync_library(self.resolver.player):
            self._reload_targets()
        return self.plan()

    def probe(self, plan: RunPlan) -> RunPlan:
        """Read what was played last; return the plan, made again after that."""
        self.recorder.promise = plan.promise
        if not plan.probes:
            return plan
        self.prober.probe(self.state, rows=plan.probe_rows, whole=plan.reads_recent_whole)
        self._continue_with(self.context.reread(self.state, self.recorder.games))
        return self.plan()

    def poll(self, plan: RunPlan) -> None:
        """Fetch and record all batches of the plan."""
        c, polls = self.context, plan.polls
        self.recorder.promise, self.recorder.sweep = plan.promise, polls.sweep
        c.announce(RunStarted(c.tracked.label, len(polls.polled), len(polls.batches), polls.resumed))
        if polls.rechecks_drop:
            self.recorder.sums = self.resolver.account_sums(self.run_id)
        self.fetcher.fetch_all(polls)
        for warning in (*self.recorder.warnings, self._clock_notice()):
            if warning:
                c.announce(WarningRaised(c.tracked.label, warning))
        # The plan was made after the probe, and so does not tell of it.
        if not plan.sweeps and (self.recorder.rose or not self.prober.has_probed):
            self.prober.follow_play(self.state.jobs)

    def _clock_notice(self) -> str:
        return clock_notice(self.context.clock, self.recorder.ahead_until)

    def check_points(self, plan: RunPlan) -> None:
        """Read the account's points and rank, and search where the points differ from those of the games.

        A failure is a warning, and a later run tries again.
        """
        if plan.reads_rank and not self.backfiller.isolate_failures(RANK, lambda: self.points.read(plan)):
            self.points.postpone(self.state.jobs)
        if plan.sweeps:
            self.backfiller.isolate_failures(
                SEARCH, lambda: self.points.search(self.state.targets, self.state.jobs)
            )
        self.recorder.counts_moved |= self.points.differs

    def backfill(self) -> None:
        """Read the unlocks, poll the games that only they name, and read titles.

        A first reading names most games, so mismatches and titles wait for the run after it.
        """
        player, changed = self.resolver.player, self.recorder.saw_change
        resumed = self.state.interrupted is not None
        read = self.backfiller.sync_unlocks(
            player, changed=self.recorder.counts_moved or resumed, resumed=resumed
        )
        if read:
            self._poll_added()
        if not read or player.unlocks_synced_until is not None:
            self.backfiller.confirm_rises(player)
            self._repair_mismatches(player, changed)
            self.backfiller.fetch_titles(player)

    def _poll_added(self) -> None:
        """Poll the games that only an unlock named: the listing leaves out small sets."""
        c, known = self.context, {target.game_id for target in self.state.targets}
        targets = self._reload_targets()
        added = [target for target in targets if target.game_id not in known]
        self.fetcher.fetch_all(plan_added(c.tracked, targets, added, c.source.limiter.read(), c.clock.now()))

    def _repair_mismatches(self, player: Player, changed: bool) -> None:
        """Compare unlocks and snapshots when one changed, and once an hour: the site counts unlocks late."""
        now, after = self.context.clock.now(), self.context.next_mismatch_check_at
        if changed or not now < after <= now + COUNT_LAG:
            more_left = self.backfiller.repair_mismatches(player)
            self.context.next_mismatch_check_at = now if more_left else now + COUNT_LAG

    def _require_targets(self) -> None:
        """Raise the error of a listing of which no row could be read, where nothing else is followed."""
        error = self.backfiller.listing_error
        if error and not self.state.targets:
            self.context.backoff.reset(LIBRARY)  # the wait of the key is the one after an outage
            raise SiteUnavailable(f"{error.message}; nothing is followed", raw=error.raw)

    def _reload_targets(self) -> tuple[Target, ...]:
        c = self.context
        return self._continue_with(c.players.reconcile(self.resolver.player, c.tracked, c.clock.now()))

    def _continue_with(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        player, jobs = self.resolver.player, self.context.players.jobs(self.resolver.player)
        self.state = replace(self.state, player=player, targets=tuple(targets), jobs=jobs)
        return self.state.targets

    def keep_targets(self, error: SyncerError | None) -> None:
        """Keep the targets for the next run, unless this one may have changed some that it did not poll.

        What is read besides polls may add targets, or show that a game is an event; a mass drop changes those
        that it waits for, and a corrected clock all times.
        """
        c, recorder = self.context, self.recorder
        has_others = self._reads_others or self.state.drop or recorder.changes_others
        if error or has_others or not c.sweeps(self.state):
            return
        with suppress(StoreError):  # the run is stored: the next one reads all targets
            c.keep_targets(RunMark(self.run_id, recorder.recorded), self.state, recorder.games)

    def apply_backoff(self, error: ApiError) -> None:
        """Let the key wait after a failure, unless the error already defines a wait."""
        # A wait is stored for the first two, and the last one says nothing about other players of the key.
        if isinstance(error, (Deferred, Unauthorized, PlayerNotFound)):
            return
        limiter = self.context.source.limiter
        if not self.fetcher.answered:  # an answered profile ends no outage of the progress endpoint
            limiter.apply(budget.restore_failure_count(self.outage_failures_at_start))
        limiter.apply(budget.on_outage(error.first_wait, self.context.rng))

    def close(self, error: SyncerError | None) -> RunReport:
        """Store how the run ended; return its report. Raises StoreError, unless one ended the run."""
        c, requests = self.context, self.context.source.requests - self.requests_before
        unreadable = self.backfiller.unreadable.count + self.prober.has_failed
        report = build_report(
            *(c.tracked.label, self.run_id, error, self.recorder.verdicts, self.recorder.games),
            *(requests, unreadable),
            notice=self._clock_notice(),
        )
        try:
            if isinstance(error, ApiError) and error.raw:
                c.runs.save_rejected_response(self.run_id, self.resolver.known, error.raw, c.clock.now())
            # After a StoreError more waiting is unlikely to help; the next run closes what stays open.
            self._write_end(report, retry=not isinstance(error, StoreError))
        except StoreError:
            if not isinstance(error, StoreError):
                raise
        return report

    def _write_end(self, report: RunReport, *, retry: bool) -> None:
        runs, clock, polled_at = self.context.runs, self.context.clock, self.recorder.polled_at
        if retry:
            with_retries(clock, lambda: runs.close_run(self.run_id, report, clock.now(), polled_at))
        else:
            runs.close_run(self.run_id, report, clock.now(), polled_at)
