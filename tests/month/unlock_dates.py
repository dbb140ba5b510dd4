"""The promoted unlocks of the player by the moment that the site shows, kept in order."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from typing import TypeAlias

from syncer.core.model.progress import GameId
from syncer.demo.models import Game, Unlock

Entry: TypeAlias = tuple[int, bool, int, GameId]  # second, softcore, achievement, game: the site's order


class UnlockDates:
    """Sorting all unlocks for each window would take most of the time of a month."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_game: dict[GameId, set[Entry]] = {}

    def fill(self, games: Iterable[tuple[Game, dict[int, Unlock]]]) -> None:
        """Replace all entries."""
        self._by_game = {game.id: _entries(game, earned) for game, earned in games}
        self._entries = sorted(entry for some in self._by_game.values() for entry in some)

    def update(self, game: Game, earned: dict[int, Unlock]) -> None:
        """Replace the entries of one game."""
        before, after = self._by_game.get(game.id, set()), _entries(game, earned)
        for entry in before - after:
            del self._entries[bisect_left(self._entries, entry)]
        for entry in after - before:
            insort(self._entries, entry)
        self._by_game[game.id] = after

    def between(self, start: int, end: int, count: int) -> list[Entry]:
        """Return the first entries from one second to another, both included."""
        first = bisect_left(self._entries, (start,))
        last = bisect_right(self._entries, (end + 1,))
        return self._entries[first : min(last, first + count)]


def _entries(game: Game, earned: dict[int, Unlock]) -> set[Entry]:
    found = [(a.id, earned[a.id]) for a in game.promoted() if a.id in earned]
    return {(int(one.shown_at.timestamp()), one.hardcore_at is None, a, game.id) for a, one in found}
