"""What one run remembers: each answer judged and stored once, whatever the database does meanwhile."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from syncer.core.clock import Clock
from syncer.core.errors import BatchError, SiteUnavailable
from syncer.core.model.decision import BatchDecision, Decision, TargetState, Verdict
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.ports import BatchValidator, RunStore, TrackedPlayer
from syncer.core.store_retry import with_retries

from .validation import MAX_CLOCK_OFFSET, PollContext, reject_batch, validate_batch


class BatchRecorder:
    """Of one run. `verdicts`: how many of each were stored."""

    def __init__(
        self, who: TrackedPlayer, runs: RunStore, clock: Clock, run_id: int, started: datetime
    ) -> None:
        self.tracked, self.runs, self.clock = who, runs, clock
        self.run_id, self.started = run_id, started
        self.verdicts: Counter[Verdict] = Counter()
        self._recorded = 0

    @property
    def saw_change(self) -> bool:
        """Whether any game shows other numbers than before."""
        return any(verdict.is_accepted and verdict is not Verdict.SAME for verdict in self.verdicts)

    def record_response(
        self, player: Player, batch: Sequence[GameId], answer: ProgressResponse, at: datetime
    ) -> tuple[Decision, ...]:
        """Store what was seen at that moment. Raises SiteUnavailable when the clock cannot be right."""
        decisions = self._record(
            player, batch, lambda standings: validate_batch(standings, answer, self._poll_context(at)), None
        )
        if batch and not decisions:
            raise _clock_error(answer, at)
        return decisions

    def record_miss(self, player: Player, batch: Sequence[GameId], failure: BatchError) -> None:
        """The batch was at fault: its targets miss once, and what was sent is kept."""
        at = self.clock.now()
        self._record(player, batch, partial(reject_batch, context=self._poll_context(at)), failure.raw)

    def _poll_context(self, at: datetime) -> PollContext:
        return PollContext(at, self.started, self.tracked.schedule, self.tracked.gap_after)

    def _record(
        self, player: Player, batch: Sequence[GameId], judged: BatchValidator, raw: str | None
    ) -> tuple[Decision, ...]:
        number, made = self._recorded + 1, list[BatchDecision]()

        def remembered(standings: Sequence[TargetState]) -> BatchDecision:
            made.append(judged(standings))
            return made[-1]

        def record() -> tuple[Decision, ...] | None:
            return self.runs.record(self.run_id, number, player, batch, remembered, raw)

        stored = with_retries(self.clock, record)
        # None: an attempt whose answer was lost had been stored; what it decided is what is true.
        decisions = made[-1].decisions if stored is None else stored
        self._recorded = number
        self.verdicts.update(d.verdict for d in decisions)
        return decisions


def _clock_error(answer: ProgressResponse, at: datetime) -> SiteUnavailable:
    told = f", the site says {answer.date:%Y-%m-%d %H:%M}" if answer.date else ""
    apart = answer.date is None or abs(answer.date - at) > MAX_CLOCK_OFFSET
    hint = "Set the machine's clock; it heals by itself then." if apart else "It heals by itself."
    return SiteUnavailable(f"the clock cannot be right: it says {at:%Y-%m-%d %H:%M} UTC{told}", hint=hint)
