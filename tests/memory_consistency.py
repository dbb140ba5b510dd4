"""The core's ConsistencyStore in memory."""

from datetime import datetime
from typing import TYPE_CHECKING

from syncer.core.backfill.consistency import after_reading
from syncer.core.model.consistency import (
    NO_POINTS,
    CheckHistory,
    DifferingGame,
    GameReading,
    ListReading,
    Points,
    SumCheck,
    UnlockStatus,
    UnlockSums,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId

if TYPE_CHECKING:
    from .memory_store import MemoryStore

NUMBERS = (2, 20, 1, 10)  # of every game


class MemoryConsistency:
    """Games that differ are those of `store.mismatched`. `missing`: hardcore points that no unlock has."""

    def __init__(self, store: "MemoryStore") -> None:
        self.store, self.missing = store, 0
        self.checks: list[SumCheck] = []
        self.readings: dict[GameId, GameReading] = {}
        self.list_reading: ListReading | None = None
        self.list_begun: list[datetime] = []
        self.asked = 0

    def status(self, player: Player, at: datetime) -> UnlockStatus:
        self.asked += 1
        mismatched = [DifferingGame(game_id, NUMBERS, NO_POINTS) for game_id in self.store.mismatched]
        ours = NO_POINTS
        return UnlockStatus(
            UnlockSums(at, Points(self.missing, 0), ours, ours),
            CheckHistory(self.checks[-1], self._since()) if self.checks else CheckHistory(),
            tuple(mismatched),
            self.readings,
            self.list_reading,
            self.list_begun[-1] if self.list_begun else None,
        )

    def _since(self) -> datetime | None:
        """Return the first comparison of those in a row, up to the newest, that differ."""
        since = None
        for check in reversed(self.checks):
            if check.difference == NO_POINTS:
                break
            since = check.at
        return since

    def save_check(self, player: Player, check: SumCheck) -> None:
        self.checks.append(check)

    def begin_list_reading(self, player: Player, reading: ListReading, at: datetime) -> None:
        self.list_begun.append(at)
        self.list_reading = reading

    def may_be_empty(self, player: Player) -> bool:
        return not self.store.unlocks

    def remember(self, game_id: GameId, at: datetime, *, is_mended: bool) -> None:
        reading = after_reading(self.readings.pop(game_id, None), NUMBERS, at, is_mended=is_mended)
        if reading:
            self.readings[game_id] = reading
