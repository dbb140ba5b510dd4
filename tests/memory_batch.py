"""The unit of work of the store in memory."""

from collections.abc import Collection, Sequence

from syncer.core.model.decision import BatchDecision, PollWindow, TargetState
from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.progress import GameId


class MemoryBatch:
    """One batch of a MemoryStore. `saved`: what is stored at the end."""

    def __init__(
        self, states: Sequence[TargetState], drop: MassDrop | None = None, *, is_recorded: bool = False
    ) -> None:
        self._states = states
        self.streaks = {state.target.game_id: state.streak for state in states if state.streak}
        self.drop, self.is_recorded = drop, is_recorded
        self.saved: list[tuple[BatchDecision, str | None]] = []

    def in_time(self, window: PollWindow) -> Sequence[Sequence[int]]:
        return [
            (state.target.game_id, state.open.id, *state.open.progress)
            for state in self._states
            if state.open
            and window.earliest <= state.open.last_seen_at < window.at
            and (state.target.due_at, state.target.failures) == (None, 0)
            and state.target.promised_seconds == window.promised
        ]

    def states(self, without: Collection[GameId] = ()) -> list[TargetState]:
        return [state for state in self._states if state.target.game_id not in without]

    def save(self, decision: BatchDecision, raw: str | None = None) -> None:
        self.saved.append((decision, raw))
