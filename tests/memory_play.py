"""Playtimes of the store in memory."""

from datetime import datetime

from syncer.core.model.player import Player
from syncer.core.model.progress import GameId


class PlayStore:
    """The playtimes of the store in memory. `played`: games whose session ended, and that are to be read."""

    def __init__(self) -> None:
        self.played, self.playtimes = list[GameId](), dict[GameId, int]()

    def games_to_time(self, player: Player, since: datetime, limit: int) -> list[GameId]:
        return self.played[:limit]

    def save_playtime(self, player: Player, game_id: GameId, seconds: int, at: datetime) -> None:
        self.playtimes[game_id] = seconds
        self.played = [game for game in self.played if game != game_id]
