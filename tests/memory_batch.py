"""The unit of work of the store in memory."""

from collections.abc import Sequence

from syncer.core.model.decision import BatchDecision, TargetState
from syncer.core.model.mass_drop import MassDrop


class MemoryBatch:
    """One batch of a MemoryStore. `saved`: what is stored at the end."""

    def __init__(
        self, states: Sequence[TargetState], drop: MassDrop | None = None, *, is_recorded: bool = False
    ) -> None:
        self.states, self.drop, self.is_recorded = states, drop, is_recorded
        self.saved: list[tuple[BatchDecision, str | None]] = []

    def save(self, decision: BatchDecision, raw: str | None = None) -> None:
        self.saved.append((decision, raw))
