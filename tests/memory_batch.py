"""The unit of work of the store in memory."""

from collections.abc import Sequence

from syncer.core.model.decision import BatchDecision, TargetRow, TargetState
from syncer.core.model.mass_drop import MassDrop


class MemoryBatch:
    """One batch of a MemoryStore. `saved`: what is stored at the end."""

    def __init__(
        self, states: Sequence[TargetState], drop: MassDrop | None = None, *, is_recorded: bool = False
    ) -> None:
        self.rows = [row_of(state) for state in states]
        self.streaks = {state.target.game_id: state.streak for state in states if state.streak}
        self.drop, self.is_recorded = drop, is_recorded
        self.saved: list[tuple[BatchDecision, str | None]] = []

    def save(self, decision: BatchDecision, raw: str | None = None) -> None:
        self.saved.append((decision, raw))


def row_of(state: TargetState) -> TargetRow:
    """Return a state as a store reads it."""
    t, snapshot = state.target, state.open
    target = (t.game_id, t.due_at, t.promised_seconds, t.failures)
    if snapshot is None:
        return TargetRow(*target, *[None] * 8)
    return TargetRow(*target, snapshot.id, snapshot.last_seen_at, *snapshot.progress)
