"""Who unlocked what and when in the demo world, and what the site's jobs make of it: rows and awards."""

from datetime import datetime

from syncer.core.model.progress import GameId

from .accounts import Accounts
from .awards import revalidated
from .catalogue import Catalogue
from .models import MASTERY, Award, Row, Unlock, Who


class ProgressTables(Catalogue, Accounts):
    """Like the site it keeps two tables: the games' totals, and a row per player and game that is computed
    after each change. Between `hold_metrics` and `catch_up` those rows stay as they were, so that more can be
    achieved than is possible (site-api.md section 6). Unlocks are told at once all the same.
    """

    def __init__(self) -> None:
        Catalogue.__init__(self)
        Accounts.__init__(self)
        self._unlocks: dict[str, dict[GameId, dict[int, Unlock]]] = {}  # by ULID
        self._rows: dict[str, dict[GameId, Row]] = {}
        self._awards: dict[str, dict[GameId, list[Award]]] = {}
        self._late: set[tuple[str, GameId]] | None = None  # null: rows follow at once

    # -- unlocks -------------------------------------------------------------------------------------

    def unlock(
        self, player: Who, game_id: GameId, achievement_id: int, at: datetime, *, hardcore: bool = False
    ) -> bool:
        """Earn it, or redo a casual unlock in hardcore. False: nothing new."""
        with self.lock:
            account = self._one(player)
            self.games[game_id].achievements[achievement_id]
            mine = self._unlocks.setdefault(account.ulid, {}).setdefault(game_id, {})
            have = mine.get(achievement_id)
            if have is not None and (have.hardcore_at is not None or not hardcore):
                return False
            mine[achievement_id] = Unlock(have.at if have else at, at if hardcore else None)
            account.last_game_id = game_id
            self._refresh(account.ulid, game_id)
            return True

    def earn(
        self, player: Who, game_id: GameId, how_many: int, at: datetime, *, hardcore: bool = False
    ) -> int:
        """Unlock the next promoted ones in the order of the set. How many there were."""
        with self.lock:
            chosen = self.locked(player, game_id)[:how_many]
            for achievement_id in chosen:
                self.unlock(player, game_id, achievement_id, at, hardcore=hardcore)
            return len(chosen)

    def locked(self, player: Who, game_id: GameId) -> list[int]:
        """Promoted achievements that the player does not have, in the order of the set."""
        with self.lock:
            mine = self._earned(self._one(player).ulid, game_id)
            return [a.id for a in self.games[game_id].promoted() if a.id not in mine]

    def casual(self, player: Who, game_id: GameId) -> list[int]:
        """Promoted achievements that the player has, but not in hardcore."""
        with self.lock:
            mine = self._earned(self._one(player).ulid, game_id)
            have = [a.id for a in self.games[game_id].promoted() if a.id in mine]
            return [a for a in have if mine[a].hardcore_at is None]

    def revoke(self, player: Who, game_id: GameId, achievement_id: int) -> None:
        """One unlock is reset, by the player or by moderation; the mastery goes with it (RAWeb:
        ResetPlayerProgressAction). Without one nothing happens.
        """
        with self.lock:
            ulid = self._one(player).ulid
            lost = self._unlocks.get(ulid, {}).get(game_id, {}).pop(achievement_id, None)
            if lost is not None and self.games[game_id].achievements[achievement_id].promoted:
                mode = lost.hardcore_at is not None
                kept = [a for a in self._given(ulid, game_id) if (a.type, a.hardcore) != (MASTERY, mode)]
                self._awards[ulid][game_id] = kept
            self._refresh(ulid, game_id)

    def reset_game(self, player: Who, game_id: GameId) -> None:
        with self.lock:
            ulid = self._one(player).ulid
            self._unlocks.get(ulid, {}).pop(game_id, None)
            self._refresh(ulid, game_id)

    def reset_account(self, player: Who) -> None:
        with self.lock:
            account = self._one(player)
            for game_id in list(self._unlocks.get(account.ulid, ())):
                self.reset_game(account, game_id)

    def delete_account(self, player: Who) -> None:
        """Reads as unknown from now on; the unlocks are destroyed."""
        with self.lock:
            account = self._one(player)
            self.reset_account(account)
            account.deleted, account.key, account.last_game_id = True, None, 0

    # -- awards --------------------------------------------------------------------------------------

    def give_award(self, player: Who, award: Award) -> None:
        """One that no game gives: of an event, or of the site."""
        with self.lock:
            self._awards.setdefault(self._one(player).ulid, {}).setdefault(0, []).append(award)

    def hide_awards(self, player: Who, game_id: GameId) -> None:
        with self.lock:
            for award in self._given(self._one(player).ulid, game_id):
                award.order = -1

    # -- metrics that lag ----------------------------------------------------------------------------

    def hold_metrics(self) -> None:
        """From now on the players' rows are not computed."""
        with self.lock:
            self._late = self._late or set()

    def catch_up(self) -> None:
        """Compute what was held back, and follow at once again."""
        with self.lock:
            late, self._late = self._late or set(), None
            for ulid, game_id in late:
                self._refresh(ulid, game_id)

    def _set_changed(self, game_id: GameId) -> None:
        for ulid, rows in self._rows.items():
            if game_id in rows:
                self._refresh(ulid, game_id)

    def _refresh(self, ulid: str, game_id: GameId) -> None:
        if self._late is not None:
            self._late.add((ulid, game_id))
            return
        game, mine = self.games[game_id], self._earned(ulid, game_id)
        all_ = [a for a in game.promoted() if a.id in mine]
        hard = [a.points for a in all_ if mine[a.id].hardcore_at is not None]
        numbers = (len(all_), sum(a.points for a in all_), len(hard), sum(hard))
        last = max((mine[a.id].at for a in all_), default=None)
        self._rows.setdefault(ulid, {})[game_id] = Row(numbers, last)
        self._awards.setdefault(ulid, {})[game_id] = revalidated(self._given(ulid, game_id), game, mine)

    def _earned(self, ulid: str, game_id: GameId) -> dict[int, Unlock]:
        return self._unlocks.get(ulid, {}).get(game_id, {})

    def _given(self, ulid: str, game_id: GameId) -> list[Award]:
        return self._awards.get(ulid, {}).get(game_id, [])
