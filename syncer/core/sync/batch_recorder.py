"""Record each answer of one run, once, although the database may fail meanwhile."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from syncer.core.clock import Clock
from syncer.core.errors import BatchError, SiteUnavailable
from syncer.core.model.decision import BatchDecision, Decision, TargetState, Verdict
from syncer.core.model.mass_drop import AccountSums, MassDrop
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.ports import RunStore, TrackedPlayer
from syncer.core.store_retry import with_retries

from .validation import MAX_CLOCK_OFFSET, PollContext, fail_batch, validate_batch

Decide = Callable[[Sequence[TargetState], MassDrop | None], BatchDecision]


class BatchRecorder:
    """The recorder of one run. `verdicts` counts the decisions that were stored.

    `sums`: the account's points, once they were requested. `warnings`: what a person should know.
    """

    def __init__(
        self, tracked: TrackedPlayer, runs: RunStore, clock: Clock, run_id: int, started: datetime
    ) -> None:
        self.tracked, self.runs, self.clock = tracked, runs, clock
        self.run_id, self.started = run_id, started
        self.verdicts: Counter[Verdict] = Counter()
        self.sums: AccountSums | None = None
        self.warnings: list[str] = []
        self._recorded = 0

    @property
    def saw_change(self) -> bool:
        """Whether any accepted poll returned other numbers than before."""
        return any(verdict.is_accepted and verdict is not Verdict.SAME for verdict in self.verdicts)

    def record_response(
        self, player: Player, batch: Sequence[GameId], response: ProgressResponse, at: datetime
    ) -> tuple[Decision, ...]:
        """Validate and store a response. Raises SiteUnavailable when our clock cannot be right."""
        context = self._poll_context(at)
        decisions = self._record(
            player, batch, lambda states, drop: validate_batch(states, response, context, drop)
        )
        if batch and not decisions:
            raise _clock_error(response, at)
        return decisions

    def record_failure(self, player: Player, batch: Sequence[GameId], failure: BatchError) -> None:
        """Count one failure for each target of the batch, and keep what the site sent."""
        context = self._poll_context(self.clock.now())
        self._record(player, batch, lambda states, _: fail_batch(states, context), failure.raw)

    def _poll_context(self, at: datetime) -> PollContext:
        t = self.tracked
        return PollContext(at, self.started, t.schedule, t.gap_after, self.sums, t.unlocks)

    def _record(
        self, player: Player, batch: Sequence[GameId], decide: Decide, raw: str | None = None
    ) -> tuple[Decision, ...]:
        # The number makes a repeated write recognisable: runs.recorded_batches is updated in the same commit.
        number, decided = self._recorded + 1, list[BatchDecision]()

        def attempt() -> None:
            with self.runs.batch(self.run_id, number, player, batch) as work:
                # The commit of an earlier attempt may have succeeded although the connection then failed:
                # what that attempt decided is stored, so it must not be decided again.
                if not work.is_recorded:
                    decided.append(decide(work.states, work.drop))
                    work.save(decided[-1], raw)

        with_retries(self.clock, attempt)
        self._recorded = number
        self.verdicts.update(d.verdict for d in decided[-1].decisions)
        if decided[-1].drop and decided[-1].drop.warning:
            self.warnings.append(decided[-1].drop.warning)
        return decided[-1].decisions


def _clock_error(response: ProgressResponse, at: datetime) -> SiteUnavailable:
    site_time = f", the site's date is {response.date:%Y-%m-%d %H:%M}" if response.date else ""
    differ = response.date is None or abs(response.date - at) > MAX_CLOCK_OFFSET
    hint = (
        "Set the machine's clock; polls are recorded again then."
        if differ
        else "Polls are recorded again once the clock has passed the newest stored poll."
    )
    return SiteUnavailable(
        f"the machine's clock cannot be right: it shows {at:%Y-%m-%d %H:%M} UTC{site_time}", hint=hint
    )
