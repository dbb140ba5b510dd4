"""The rows that the site computes from a player's unlocks: counts, points and awards per game."""

from threading import RLock

from syncer.core.model.progress import GameId

from .accounts import Accounts
from .awards import revalidated
from .catalogue import Catalogue
from .models import MASTERY, Account, AccountRef, Award, Game, MetricsRow
from .unlock_table import UnlockTable


class PlayerMetrics:
    """A row per player and game, computed after each change, and the awards.

    Between `hold` and `catch_up` the rows stay as they were, so that more can be achieved than is possible,
    while the unlocks themselves are visible at once (site-api.md section 6). Thread-safe: every method holds
    the world's lock.
    """

    def __init__(
        self, catalogue: Catalogue, accounts: Accounts, unlock_table: UnlockTable, lock: RLock
    ) -> None:
        self._catalogue, self._accounts, self._unlock_table = catalogue, accounts, unlock_table
        self._lock = lock
        self._rows: dict[str, dict[GameId, MetricsRow]] = {}  # by ULID
        self._awards: dict[str, dict[GameId, list[Award]]] = {}
        self._held: set[tuple[str, GameId]] | None = None  # None: rows follow at once

    def row(self, account: Account, game_id: GameId) -> MetricsRow:
        with self._lock:
            return self._rows.get(account.ulid, {}).get(game_id, MetricsRow())

    def rows(self, account: Account) -> list[tuple[Game, MetricsRow]]:
        """Return the games in which the player ever unlocked something, even where nothing is left of it."""
        with self._lock:
            return [(self._catalogue.games[g], row) for g, row in self._rows.get(account.ulid, {}).items()]

    def awards(self, account: Account) -> list[Award]:
        """Return the awards as the player arranged them, hidden ones first."""
        with self._lock:
            given = [award for some in self._awards.get(account.ulid, {}).values() for award in some]
            return sorted(given, key=lambda award: (award.order, award.at, award.type, award.hardcore))

    def give_award(self, player: AccountRef, award: Award) -> None:
        """Add an award that belongs to an event or to the site, not to a game."""
        with self._lock:
            ulid = self._accounts.require(player).ulid
            self._awards.setdefault(ulid, {}).setdefault(0, []).append(award)

    def hide_awards(self, player: AccountRef, game_id: GameId) -> None:
        with self._lock:
            for award in self._awards_of(self._accounts.require(player).ulid, game_id):
                award.order = -1

    def drop_mastery(self, ulid: str, game_id: GameId, *, hardcore: bool) -> None:
        with self._lock:
            kept = [
                award
                for award in self._awards_of(ulid, game_id)
                if (award.type, award.hardcore) != (MASTERY, hardcore)
            ]
            self._awards[ulid][game_id] = kept

    def hold(self) -> None:
        """Stop computing the rows, as a site does whose queue is long."""
        with self._lock:
            self._held = self._held or set()

    def catch_up(self) -> None:
        """Compute the rows that were held back, and follow each change at once again."""
        with self._lock:
            held, self._held = self._held or set(), None
            for ulid, game_id in held:
                self.refresh(ulid, game_id)

    def refresh_game(self, game_id: GameId) -> None:
        """Compute the rows of all players of a game."""
        for ulid, rows in self._rows.items():
            if game_id in rows:
                self.refresh(ulid, game_id)

    def refresh(self, ulid: str, game_id: GameId) -> None:
        """Compute one row and its awards, or remember that it must be computed."""
        if self._held is not None:
            self._held.add((ulid, game_id))
            return
        game, earned = self._catalogue.games[game_id], self._unlock_table.earned(ulid, game_id)
        counted = [a for a in game.promoted() if a.id in earned]
        hardcore = [a.points for a in counted if earned[a.id].hardcore_at is not None]
        numbers = (len(counted), sum(a.points for a in counted), len(hardcore), sum(hardcore))
        last = max((earned[a.id].at for a in counted), default=None)
        self._rows.setdefault(ulid, {})[game_id] = MetricsRow(numbers, last)
        awards = revalidated(self._awards_of(ulid, game_id), game, earned)
        self._awards.setdefault(ulid, {})[game_id] = awards

    def _awards_of(self, ulid: str, game_id: GameId) -> list[Award]:
        return self._awards.get(ulid, {}).get(game_id, [])
