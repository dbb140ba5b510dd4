"""Record each answer of one run, once, although the database may fail meanwhile."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from syncer.core.errors import BatchError
from syncer.core.model.decision import BatchDecision, RecentRows, Verdict
from syncer.core.model.job import Job, JobKind, Jobs
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.polling.promise import Promise
from syncer.core.ports import BatchWork, RunStore, TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.store_retry import with_retries

from .clock_notice import clock_error
from .movement import counts_moved, keep_failures, rose
from .quiet_polls import validate_polls
from .sweep_plan import SweepPlan
from .validation import PollContext, fail_batch

Decide = Callable[[BatchWork], BatchDecision]


class BatchRecorder:
    """The recorder of one run. `verdicts` counts the decisions that were stored.

    `games`: the polled ones, and whether a poll of them was accepted.
    `sums`: the account's points, once they were requested. `warnings`: what a person should know.
    `ahead_until`: until when snapshots were found that are stamped in the future. `promise`: of each poll.
    `sweep`: the requests of the sweep. `rose`: some count of achievements did. `counts_moved`: some did, up
    or down, or may have done in a gap. `stamped`: when the run began, by the clock of that moment.
    `recorded`: how many batches were. `has_drop`: some answer says something about a mass drop.
    `polled_at`: when the newest accepted answer came.
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
        self.polled_at: datetime | None = None

    @property
    def saw_change(self) -> bool:
        """Whether any accepted poll returned other numbers than before."""
        return any(verdict.adds_snapshot for verdict in self.verdicts)

    def record_response(
        self, player: Player, batch: Sequence[GameId], response: ProgressResponse, at: datetime
    ) -> BatchDecision:
        """Validate and store a response. Raises SiteUnavailable when our clock cannot be right."""
        context, swept = self._poll_context(at), self.sweep.after(tuple(batch), self.clock.now())
        jobs = {JobKind.SWEEP: Job(swept.last_at)} if swept else {}

        def decide(work: BatchWork) -> BatchDecision:
            return replace(validate_polls(work, response, context), jobs=jobs)

        decision = self._accepted(batch, self._record(player, batch, decide), at)
        self.sweep = swept or self.sweep
        return decision

    def record_probe(
        self,
        player: Player,
        batch: Sequence[GameId],
        response: ProgressResponse,
        at: datetime,
        recent: RecentRows,
        jobs: Callable[[bool], Jobs],
    ) -> BatchDecision:
        """Validate and store what a probe returned. `jobs`: what is stored of it, by whether a count rose."""
        context = self._poll_context(at)

        def decide(work: BatchWork) -> BatchDecision:
            decision = validate_polls(work, response, context)
            if decision.refused:
                return decision
            moved = rose(decision.states, decision.decisions)
            kept = keep_failures(decision.states, decision.decisions)
            return replace(decision, decisions=kept, recent=recent, jobs=jobs(moved))

        return self._accepted(batch, self._record(player, batch, decide), at)

    def _accepted(self, batch: Sequence[GameId], decision: BatchDecision, at: datetime) -> BatchDecision:
        if batch and decision.refused:
            self.clock.distrust()
            raise clock_error(at)
        if decision.accepts_polls:
            self.clock.confirm()
        return decision

    def record_failure(
        self, player: Player, batch: Sequence[GameId], failure: BatchError, *, backs_off: bool
    ) -> None:
        """Count one failure for each target of the batch, and keep what the site sent.

        `backs_off`: the more often they failed, the later they are polled again; else by the next run.
        """
        context = self._poll_context(self.clock.now())

        def decide(work: BatchWork) -> BatchDecision:
            return fail_batch(work.states(), context, backs_off=backs_off)

        self._record(player, batch, decide, failure.raw)

    def _watch(self, decision: BatchDecision) -> None:
        self.rose |= rose(decision.states, decision.decisions)
        self.counts_moved |= counts_moved(decision.states, decision.decisions)

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
    ) -> BatchDecision:
        # The number makes a repeated write recognisable: runs.recorded_batches is updated in the same commit.
        number, decided = self.recorded + 1, list[BatchDecision]()

        def attempt() -> None:
            with self.runs.batch(self.run_id, number, player, batch) as work:
                # The commit of an earlier attempt may have succeeded although the connection then failed:
                # what that attempt decided is stored, so it must not be decided again.
                if not work.is_recorded:
                    decided.append(replace(decide(work), before=self.games))
                    self._watch(decided[-1])
                    work.save(decided[-1], raw)

        with_retries(self.clock, attempt)
        self.recorded, decision = number, decided[-1]
        self._count(decision)
        if decision.drop and decision.drop.warning:
            self.warnings.append(decision.drop.warning)
        self.ahead_until = decision.ahead_until or self.ahead_until
        if decision.is_accepted:
            self.polled_at = decision.at
        return decision

    def _count(self, decision: BatchDecision) -> None:
        self.has_drop |= decision.drop is not None
        self.verdicts.update(decision.verdicts)
        for game_id, is_accepted in decision.polled.items():
            self.games[game_id] = is_accepted or self.games.get(game_id, False)
