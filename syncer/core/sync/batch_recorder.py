"""Record each answer of one run, once, although the database may fail meanwhile."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from syncer.core.errors import BatchError
from syncer.core.model.decision import BatchDecision, Decision, RecentRows, TargetState, Verdict
from syncer.core.model.job import Job, JobKind, Jobs
from syncer.core.model.mass_drop import AccountSums, MassDrop
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.polling.promise import Promise
from syncer.core.ports import RunStore, TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.store_retry import with_retries

from .clock_notice import clock_error
from .movement import counts_moved, keep_failures, rose
from .sweep_plan import SweepPlan
from .validation import PollContext, fail_batch, validate_batch

Decide = Callable[[Sequence[TargetState], MassDrop | None], BatchDecision]


class BatchRecorder:
    """The recorder of one run. `verdicts` counts the decisions that were stored.

    `games`: the polled ones, and whether a poll of them was accepted.
    `sums`: the account's points, once they were requested. `warnings`: what a person should know.
    `ahead_until`: until when snapshots were found that are stamped in the future. `promise`: of each poll.
    `sweep`: the requests of the sweep. `rose`: some count of achievements did. `counts_moved`: some did, up
    or down, or may have done in a gap. `stamped`: when the run began, by the clock of that moment.
    `recorded`: how many batches were. `has_drop`: some answer says something about a mass drop.
    """

    def __init__(
        self, tracked: TrackedPlayer, runs: RunStore, clock: SiteClock, run_id: int, started: datetime
    ) -> None:
        self.tracked, self.runs, self.clock = tracked, runs, clock
        self.run_id, self.stamped, self._corrections = run_id, started, clock.corrections
        self.verdicts: Counter[Verdict] = Counter()
        self.games: dict[GameId, bool] = {}
        self.sums: AccountSums | None = None
        self.warnings: list[str] = []
        self.ahead_until: datetime | None = None
        self.sweep = SweepPlan()
        self.rose, self.counts_moved = False, False
        self.promise = Promise(tracked.schedule)
        self.recorded = 0
        self.has_drop = False

    @property
    def saw_change(self) -> bool:
        """Whether any accepted poll returned other numbers than before."""
        return any(verdict.is_accepted and verdict is not Verdict.SAME for verdict in self.verdicts)

    def record_response(
        self, player: Player, batch: Sequence[GameId], response: ProgressResponse, at: datetime
    ) -> tuple[Decision, ...]:
        """Validate and store a response. Raises SiteUnavailable when our clock cannot be right."""
        context, swept = self._poll_context(at), self.sweep.after(tuple(batch), self.clock.now())
        jobs = {JobKind.SWEEP: Job(swept.last_at)} if swept else {}

        def decide(states: Sequence[TargetState], drop: MassDrop | None) -> BatchDecision:
            return replace(validate_batch(states, response, context, drop), jobs=jobs)

        decisions = self._accepted(batch, self._record(player, batch, decide), at)
        self.sweep = swept or self.sweep
        return decisions

    def record_probe(
        self,
        player: Player,
        batch: Sequence[GameId],
        response: ProgressResponse,
        at: datetime,
        recent: RecentRows,
        jobs: Callable[[bool], Jobs],
    ) -> tuple[Decision, ...]:
        """Validate and store what a probe returned. `jobs`: what is stored of it, by whether a count rose."""
        context = self._poll_context(at)

        def decide(states: Sequence[TargetState], drop: MassDrop | None) -> BatchDecision:
            decision = validate_batch(states, response, context, drop)
            if decision.refused:
                return decision
            moved = rose(states, decision.decisions)
            kept = keep_failures(states, decision.decisions)
            return replace(decision, decisions=kept, recent=recent, jobs=jobs(moved))

        return self._accepted(batch, self._record(player, batch, decide), at)

    def _accepted(
        self, batch: Sequence[GameId], decisions: tuple[Decision, ...], at: datetime
    ) -> tuple[Decision, ...]:
        if batch and not decisions:
            self.clock.distrust()
            raise clock_error(at)
        if any(decision.verdict.is_accepted for decision in decisions):
            self.clock.confirm()
        return decisions

    def record_failure(self, player: Player, batch: Sequence[GameId], failure: BatchError) -> None:
        """Count one failure for each target of the batch, and keep what the site sent."""
        context = self._poll_context(self.clock.now())
        self._record(player, batch, lambda states, _: fail_batch(states, context), failure.raw)

    def _watch(self, states: Sequence[TargetState], decisions: Sequence[Decision]) -> None:
        self.rose |= rose(states, decisions)
        self.counts_moved |= counts_moved(states, decisions)

    def _poll_context(self, at: datetime) -> PollContext:
        t = self.tracked
        return PollContext(
            *(at, self.started, self.promise, t.gap_after, self.sums, t.unlocks),
            is_proven=self.clock.is_proven,
        )

    @property
    def changes_others(self) -> bool:
        """Whether games may have changed that were not polled: by a mass drop, or with a corrected clock."""
        return self.has_drop or self.started != self.stamped

    @property
    def started(self) -> datetime:
        """When the run began: its start was stamped before the site said what time it is."""
        return self.stamped + self.clock.corrections - self._corrections

    def _record(
        self, player: Player, batch: Sequence[GameId], decide: Decide, raw: str | None = None
    ) -> tuple[Decision, ...]:
        # The number makes a repeated write recognisable: runs.recorded_batches is updated in the same commit.
        number, decided = self.recorded + 1, list[BatchDecision]()

        def attempt() -> None:
            with self.runs.batch(self.run_id, number, player, batch) as work:
                # The commit of an earlier attempt may have succeeded although the connection then failed:
                # what that attempt decided is stored, so it must not be decided again.
                if not work.is_recorded:
                    decided.append(replace(decide(work.states, work.drop), before=self.games))
                    self._watch(work.states, decided[-1].decisions)
                    work.save(decided[-1], raw)

        with_retries(self.clock, attempt)
        self.recorded = number
        self.has_drop |= decided[-1].drop is not None
        self._count(decided[-1].decisions)
        if decided[-1].drop and decided[-1].drop.warning:
            self.warnings.append(decided[-1].drop.warning)
        self.ahead_until = decided[-1].ahead_until or self.ahead_until
        return decided[-1].decisions

    def _count(self, decisions: Sequence[Decision]) -> None:
        self.verdicts.update(d.verdict for d in decisions)
        polled = {d.game_id: d.verdict.is_accepted or self.games.get(d.game_id, False) for d in decisions}
        self.games = self.games | polled
