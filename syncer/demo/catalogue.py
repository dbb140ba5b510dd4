"""The demo world's consoles and games, and the sets that get revised."""

from collections.abc import Iterable
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
    Console(70, "Zeebo", active=False),  # what is played there is in no list of played games
    Console(100, "Hubs", is_game_system=False),
    Console(EVENTS, "Events", is_game_system=False),
)


class Catalogue:
    """Thread-safe: every method holds `lock`. Whatever names something that is not there raises KeyError."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.consoles = {console.name: console for console in CONSOLES}
        self.games: dict[GameId, Game] = {}
        self._ids = count(1001)

    def add_game(
        self, title: str, points: Iterable[int] = (), *, game_id: GameId | None = None, console: str = "NES"
    ) -> Game:
        """A game with one promoted achievement for each of `points`. Raises ValueError for a taken id."""
        with self.lock:
            self.consoles[console]
            number = game_id if game_id is not None else max(self.games, default=0) + 1
            if number in self.games:
                raise ValueError(f"there is a game {number}")
            self.games[number] = Game(number, title, console)
            self.add_achievements(number, points)
            return self.games[number]

    def add_achievements(self, game_id: GameId, points: Iterable[int]) -> list[int]:
        """The set is revised: more to achieve. The new ids."""
        with self.lock:
            new = [Achievement(next(self._ids), value) for value in points]
            self.games[game_id].achievements.update((a.id, a) for a in new)
            self._set_changed(game_id)
            return [a.id for a in new]

    def demote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, False)

    def promote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, True)

    def _set_promoted(self, game_id: GameId, achievement_id: int, promoted: bool) -> None:
        with self.lock:
            self.games[game_id].achievements[achievement_id].promoted = promoted
            self._set_changed(game_id)

    def reweigh(self, game_id: GameId, achievement_id: int, points: int) -> None:
        with self.lock:
            self.games[game_id].achievements[achievement_id].points = points
            self._set_changed(game_id)

    def set_type(self, game_id: GameId, achievement_id: int, type: str | None) -> None:
        """Whether it is part of the way to the end ("progression"), or the end ("win_condition")."""
        with self.lock:
            self.games[game_id].achievements[achievement_id].type = type
            self._set_changed(game_id)

    def retitle(self, game_id: GameId, title: str) -> None:
        with self.lock:
            self.games[game_id].title = title

    def delete_game(self, game_id: GameId) -> None:
        with self.lock:
            self.games[game_id].deleted = True

    def _set_changed(self, game_id: GameId) -> None:
        """What depends on a game's set is to be computed anew."""
        raise NotImplementedError
