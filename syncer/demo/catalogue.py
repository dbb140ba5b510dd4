"""The demo world's consoles and games, and the achievement sets, which get revised."""

from collections.abc import Callable, Iterable
from itertools import count
from threading import RLock

from syncer.core.model.progress import GameId

from .models import EVENTS, Achievement, Console, Game

CONSOLES = (
    Console(1, "Mega Drive"),
    Console(2, "Nintendo 64"),
    Console(3, "SNES"),
    Console(4, "Game Boy"),
    Console(5, "Game Boy Advance"),
    Console(6, "Game Boy Color"),
    Console(7, "NES"),
    Console(11, "Master System"),
    Console(12, "PlayStation"),
    Console(18, "Nintendo DS"),
    Console(35, "Amiga"),
    Console(39, "Saturn"),
    Console(70, "Zeebo", active=False),  # its games are in no list of played games
    Console(100, "Hubs", is_game_system=False),
    Console(EVENTS, "Events", is_game_system=False),
)


class Catalogue:
    """The games by id. Thread-safe: every method holds the world's lock. Raises KeyError for unknown ids.

    `on_set_changed` is called with the game's id after each change of its promoted achievements.
    """

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self.consoles = {console.name: console for console in CONSOLES}
        self.games: dict[GameId, Game] = {}
        self.on_set_changed: Callable[[GameId], object] = lambda game_id: None
        self._next_ids = count(1001)

    def add_game(
        self, title: str, points: Iterable[int] = (), *, game_id: GameId | None = None, console: str = "NES"
    ) -> Game:
        """Return a new game with a promoted achievement for each of `points`. Raises ValueError: id taken."""
        with self._lock:
            self.consoles[console]  # raises KeyError
            number = game_id if game_id is not None else max(self.games, default=0) + 1
            if number in self.games:
                raise ValueError(f"there is a game {number}")
            self.games[number] = Game(number, title, console)
            self.add_achievements(number, points)
            return self.games[number]

    def add_achievements(self, game_id: GameId, points: Iterable[int]) -> list[int]:
        """Extend the set of a game, and return the new ids."""
        with self._lock:
            new = [Achievement(next(self._next_ids), value) for value in points]
            self.games[game_id].achievements.update((a.id, a) for a in new)
            self.on_set_changed(game_id)
            return [a.id for a in new]

    def demote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, False)

    def promote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, True)

    def _set_promoted(self, game_id: GameId, achievement_id: int, promoted: bool) -> None:
        with self._lock:
            self.games[game_id].achievements[achievement_id].promoted = promoted
            self.on_set_changed(game_id)

    def set_points(self, game_id: GameId, achievement_id: int, points: int) -> None:
        with self._lock:
            self.games[game_id].achievements[achievement_id].points = points
            self.on_set_changed(game_id)

    def set_type(self, game_id: GameId, achievement_id: int, type: str | None) -> None:
        """Mark it as a step towards the end ("progression"), as the end ("win_condition"), or as neither."""
        with self._lock:
            self.games[game_id].achievements[achievement_id].type = type
            self.on_set_changed(game_id)

    def set_title(self, game_id: GameId, title: str) -> None:
        with self._lock:
            self.games[game_id].title = title

    def delete_game(self, game_id: GameId) -> None:
        with self._lock:
            self.games[game_id].deleted = True

    def console_of(self, game: Game) -> Console:
        with self._lock:
            return self.consoles[game.console]
