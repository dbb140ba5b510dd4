"""What one run remembers: each answer judged and stored once, whatever the database does meanwhile."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from syncer.core.clock import Clock
from syncer.core.errors import BatchFailure, SiteFailure
from syncer.core.model.decision import Decision, Judgement, Standing, Verdict
from syncer.core.model.player import Player
from syncer.core.model.progress import Answer, GameId
from syncer.core.ports import Following, Judge, Store
from syncer.core.store_retry import persist

from .validation import CLOCKS_AGREE, Look, failed, judge


class Memory:
    """Of one run. `verdicts`: how many of each were stored."""

    def __init__(self, who: Following, store: Store, clock: Clock, run_id: int, started: datetime) -> None:
        self.who, self.store, self.clock = who, store, clock
        self.run_id, self.started = run_id, started
        self.verdicts: Counter[Verdict] = Counter()
        self._recorded = 0

    @property
    def saw_change(self) -> bool:
        """Whether any game shows other numbers than before."""
        return any(verdict.believed and verdict is not Verdict.SAME for verdict in self.verdicts)

    def look(
        self, player: Player, batch: Sequence[GameId], answer: Answer, at: datetime
    ) -> tuple[Decision, ...]:
        """Store what was seen at that moment. Raises SiteFailure when the clock cannot be right."""
        decisions = self._keep(
            player, batch, lambda standings: judge(standings, answer, self._look(at)), None
        )
        if batch and not decisions:
            raise _wrong_clock(answer, at)
        return decisions

    def miss(self, player: Player, batch: Sequence[GameId], failure: BatchFailure) -> None:
        """The batch was at fault: its targets miss once, and what was sent is kept."""
        at = self.clock.now()
        self._keep(player, batch, partial(failed, look=self._look(at)), failure.raw)

    def _look(self, at: datetime) -> Look:
        return Look(at, self.started, self.who.schedule, self.who.gap_after)

    def _keep(
        self, player: Player, batch: Sequence[GameId], judged: Judge, raw: str | None
    ) -> tuple[Decision, ...]:
        number, made = self._recorded + 1, list[Judgement]()

        def remembered(standings: Sequence[Standing]) -> Judgement:
            made.append(judged(standings))
            return made[-1]

        def record() -> tuple[Decision, ...] | None:
            return self.store.record(self.run_id, number, player, batch, remembered, raw)

        stored = persist(self.clock, record)
        # None: an attempt whose answer was lost had been stored; what it decided is what is true.
        decisions = made[-1].decisions if stored is None else stored
        self._recorded = number
        self.verdicts.update(d.verdict for d in decisions)
        return decisions


def _wrong_clock(answer: Answer, at: datetime) -> SiteFailure:
    told = f", the site says {answer.date:%Y-%m-%d %H:%M}" if answer.date else ""
    apart = answer.date is None or abs(answer.date - at) > CLOCKS_AGREE
    hint = "Set the machine's clock; it heals by itself then." if apart else "It heals by itself."
    return SiteFailure(f"the clock cannot be right: it says {at:%Y-%m-%d %H:%M} UTC{told}", hint=hint)
