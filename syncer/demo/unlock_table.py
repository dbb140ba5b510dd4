"""Which player unlocked which achievement of the demo world, and when."""

from collections.abc import Callable
from datetime import datetime
from threading import RLock

from syncer.core.model.progress import GameId

from .accounts import Accounts
from .catalogue import Catalogue
from .models import Account, AccountRef, Achievement, Game, Unlock


class UnlockTable:
    """The unlocks of each player and game. Thread-safe: every method holds the world's lock.

    A method that takes a player, a game or an achievement raises KeyError for an unknown one. `on_change` is
    called with ULID and game id after each change.
    """

    def __init__(self, catalogue: Catalogue, accounts: Accounts, lock: RLock) -> None:
        self._catalogue, self._accounts, self._lock = catalogue, accounts, lock
        self._unlocks: dict[str, dict[GameId, dict[int, Unlock]]] = {}  # by ULID
        self.on_change: Callable[[str, GameId], object] = lambda ulid, game_id: None

    def unlock(
        self,
        player: AccountRef,
        game_id: GameId,
        achievement_id: int,
        at: datetime,
        *,
        hardcore: bool = False,
    ) -> bool:
        """Unlock an achievement, or a softcore one again in hardcore. Return False where nothing changed."""
        with self._lock:
            account = self._accounts.require(player)
            self._catalogue.games[game_id].achievements[achievement_id]  # raises KeyError
            earned = self._unlocks.setdefault(account.ulid, {}).setdefault(game_id, {})
            before = earned.get(achievement_id)
            if before is not None and (before.hardcore_at is not None or not hardcore):
                return False
            # The softcore moment stays; the site shows the hardcore one from now on.
            earned[achievement_id] = Unlock(before.at if before else at, at if hardcore else None)
            account.last_game_id = game_id
            self.on_change(account.ulid, game_id)
            return True

    def earn(
        self, player: AccountRef, game_id: GameId, count: int, at: datetime, *, hardcore: bool = False
    ) -> int:
        """Unlock the next `count` promoted achievements of a set, and return how many there were."""
        with self._lock:
            chosen = self.locked(player, game_id)[:count]
            for achievement_id in chosen:
                self.unlock(player, game_id, achievement_id, at, hardcore=hardcore)
            return len(chosen)

    def locked(self, player: AccountRef, game_id: GameId) -> list[int]:
        """Return the promoted achievements that the player does not have, in the order of the set."""
        with self._lock:
            earned = self.earned(self._accounts.require(player).ulid, game_id)
            return [a.id for a in self._catalogue.games[game_id].promoted() if a.id not in earned]

    def softcore_only(self, player: AccountRef, game_id: GameId) -> list[int]:
        """Return the promoted achievements that the player has, but not in hardcore."""
        with self._lock:
            earned = self.earned(self._accounts.require(player).ulid, game_id)
            have = [a.id for a in self._catalogue.games[game_id].promoted() if a.id in earned]
            return [a for a in have if earned[a].hardcore_at is None]

    def remove(self, ulid: str, game_id: GameId, achievement_id: int) -> Unlock | None:
        """Return the unlock that was removed, without calling `on_change`. None: there was none."""
        with self._lock:
            return self._unlocks.get(ulid, {}).get(game_id, {}).pop(achievement_id, None)

    def reset_game(self, player: AccountRef, game_id: GameId) -> None:
        with self._lock:
            ulid = self._accounts.require(player).ulid
            self._unlocks.get(ulid, {}).pop(game_id, None)
            self.on_change(ulid, game_id)

    def reset_account(self, player: AccountRef) -> None:
        with self._lock:
            account = self._accounts.require(player)
            for game_id in list(self._unlocks.get(account.ulid, ())):
                self.reset_game(account, game_id)

    def earned(self, ulid: str, game_id: GameId) -> dict[int, Unlock]:
        return self._unlocks.get(ulid, {}).get(game_id, {})

    def of(self, account: Account) -> list[tuple[Game, Achievement, Unlock]]:
        """Return all unlocks of a player, promoted or not, even those that the metrics do not count yet."""
        with self._lock:
            by_game = self._unlocks.get(account.ulid, {})
            games = [(self._catalogue.games[game_id], earned) for game_id, earned in by_game.items()]
            return [(game, game.achievements[a], one) for game, earned in games for a, one in earned.items()]
