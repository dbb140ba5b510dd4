"""When the players of the demo world played which game, as emulators report it by their pings."""

from datetime import datetime, timedelta
from threading import RLock

from syncer.core.model.progress import GameId

from .accounts import Accounts
from .catalogue import Catalogue
from .models import Account, AccountRef, Game

MAX_PAUSE = timedelta(minutes=10)  # after it another session begins; a pause counts for none


class PlayTable:
    """The last ping of each player and game, and how long it was played in all.

    Thread-safe: every method holds the world's lock.
    """

    def __init__(self, catalogue: Catalogue, accounts: Accounts, lock: RLock) -> None:
        self._catalogue, self._accounts, self._lock = catalogue, accounts, lock
        self._pings: dict[str, dict[GameId, datetime]] = {}  # by ULID
        self._played: dict[str, dict[GameId, timedelta]] = {}  # by ULID

    def play(self, player: AccountRef, game_id: GameId, at: datetime) -> None:
        """Report that a player plays a game, which may unlock nothing. Raises KeyError for an unknown one."""
        with self._lock:
            account, game = self._accounts.require(player), self._catalogue.games[game_id]
            pings = self._pings.setdefault(account.ulid, {})
            played = self._played.setdefault(account.ulid, {})
            since = at - pings.get(game.id, at)
            pings[game.id] = max(at, pings.get(game.id, at))
            if timedelta(0) <= since < MAX_PAUSE:
                played[game.id] = played.get(game.id, timedelta(0)) + since
            account.last_game_id = game_id

    def last_ping(self, account: Account, game_id: GameId) -> datetime | None:
        with self._lock:
            return self._pings.get(account.ulid, {}).get(game_id)

    def playtime(self, account: Account, game_id: GameId) -> timedelta:
        """Return how long the game was played in all sessions."""
        with self._lock:
            return self._played.get(account.ulid, {}).get(game_id, timedelta(0))

    def games(self, account: Account) -> list[Game]:
        """Return the games that were played, also without any unlock."""
        with self._lock:
            return [self._catalogue.games[game_id] for game_id in self._pings.get(account.ulid, {})]
