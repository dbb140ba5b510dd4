"""What a scenario's actions work on: the world, the games of each player, and the current moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncer.core.model.progress import GameId

from .world import World

UNTOUCHED = 2  # games of each player, the last ones, that are never played


@dataclass(slots=True)
class ScenarioState:
    world: World
    games: Mapping[str, Sequence[GameId]]  # by player
    now: datetime

    def played(self, player: str) -> list[GameId]:
        """Return the games that the player plays at all."""
        # A player with too few games plays all of them.
        chosen, known = self.games[player][:-UNTOUCHED] or self.games[player], self.world.catalogue.games
        return [g for g in chosen if g in known and not known[g].deleted]

    def unfinished(self, player: str) -> list[GameId]:
        """Return the games in which something is locked, or not yet unlocked in hardcore."""
        table = self.world.unlock_table
        return [g for g in self.played(player) if table.locked(player, g) or table.softcore_only(player, g)]

    def begun(self, player: str) -> list[GameId]:
        locked = self.world.unlock_table.locked
        return [g for g in self.played(player) if len(locked(player, g)) < self.set_size(g)]

    def shelved(self, player: str) -> list[GameId]:
        """Return the games with an unlock of the player that nobody plays any more."""
        account = self.world.accounts.require(player)
        played = {game_id for games in self.games.values() for game_id in games}
        rows = self.world.metrics.rows(account)
        return [g.id for g, row in rows if row.as_tuple[0] and not g.deleted and g.id not in played]

    def set_size(self, game_id: GameId) -> int:
        return len(self.world.catalogue.games[game_id].promoted())
