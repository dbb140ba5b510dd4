"""The core's PollingStore in memory, of a player whose sums are never compared.

Comparisons and searches are tested with a database (tests/edges/test_account_check.py).
"""

from collections.abc import Mapping
from datetime import datetime

from syncer.core.model.consistency import NO_POINTS, Points
from syncer.core.model.player import Player, Target
from syncer.core.model.polling import CheckDecision, Search, SumStatus
from syncer.core.model.progress import GameId

from .memory_store import MemoryStore


class MemoryPolling:
    """The polling of a MemoryStore. `comparisons`: all that were stored."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.comparisons: list[CheckDecision] = []

    def targets(self, player: Player) -> list[Target]:
        return list(self.store.targets.values())

    def observations(self, player: Player, since: datetime) -> Mapping[GameId, tuple[int, float]]:
        return {}

    def sum_status(self, player: Player, at: datetime, *, with_unlocks: bool) -> SumStatus:
        return SumStatus(NO_POINTS, is_complete=False)

    def save_comparison(self, player: Player, decision: CheckDecision, at: datetime) -> None:
        self.comparisons.append(decision)

    def save_search(self, player: Player, state: Search) -> None:
        raise NotImplementedError

    def count_search(self, player: Player, spent: int, until: datetime) -> None:
        raise NotImplementedError

    def begin_lists(self, player: Player, state: Search, at: datetime) -> None:
        raise NotImplementedError

    def end_search(self, player: Player, state: Search, next_check_at: datetime) -> None:
        raise NotImplementedError

    def suspects(self, player: Player, difference: Points) -> list[GameId]:
        raise NotImplementedError

    def games_with(self, player: Player, points: Points) -> set[GameId]:
        raise NotImplementedError

    def consoles(self, player: Player) -> list[int]:
        raise NotImplementedError

    def possible_numbers(self, player: Player, console_id: int) -> Mapping[GameId, tuple[int, int]]:
        raise NotImplementedError
