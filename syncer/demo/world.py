"""The demo world: accounts, games, unlocks, and the numbers that the site shows of them."""

from datetime import datetime
from threading import RLock

from syncer.core.model.progress import GameId, Progress

from .accounts import Accounts
from .catalogue import Catalogue
from .models import Account, AccountRef, Game, MetricsRow
from .play_table import PlayTable
from .player_metrics import PlayerMetrics
from .rankings import Rankings
from .unlock_table import UnlockTable


class World:
    """The tables of the site, and what needs several of them.

    Thread-safe: every method holds `lock`; hold it for two reads of one moment. A player, game or achievement
    that does not exist raises KeyError.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.catalogue = Catalogue(self.lock)
        self.accounts = Accounts(self.lock)
        self.unlock_table = UnlockTable(self.catalogue, self.accounts, self.lock)
        self.metrics = PlayerMetrics(self.catalogue, self.accounts, self.unlock_table, self.lock)
        self.play_table = PlayTable(self.catalogue, self.accounts, self.lock)
        self.rankings = Rankings(self.lock)
        self.catalogue.on_set_changed = self.metrics.refresh_game
        self.unlock_table.on_change = self.metrics.refresh
        # The changes that almost every test makes, offered here in one line each.
        self.add_game, self.add_achievements = self.catalogue.add_game, self.catalogue.add_achievements
        self.add_account, self.rename = self.accounts.add, self.accounts.rename
        self.resolve = self.accounts.resolve
        self.unlock, self.earn = self.unlock_table.unlock, self.unlock_table.earn
        self.reset_game, self.play = self.unlock_table.reset_game, self.play_table.play

    def progress(self, account: Account, game_id: GameId) -> Progress:
        """Return the six numbers; zeros for a game that is deleted or does not exist (site-api.md 5.1)."""
        with self.lock:
            game = self.catalogue.games.get(game_id)
            if game is None or game.deleted:
                return Progress(0, 0, *MetricsRow().as_tuple)
            points = [a.points for a in game.promoted()]
            return Progress(len(points), sum(points), *self.metrics.row(account, game_id).as_tuple)

    def points(self, account: Account) -> tuple[int, int]:
        """Return the account's points: in hardcore, and in softcore only (site-api.md 5.2)."""
        with self.lock:
            rows = [row.as_tuple for game, row in self.metrics.rows(account) if self._is_summed(game)]
        hardcore = sum(row[3] for row in rows)
        return hardcore, sum(row[1] for row in rows) - hardcore

    def last_played(self, account: Account, game_id: GameId) -> datetime | None:
        """Return when a game was played last: the newest ping or unlock. None after a reset without pings."""
        with self.lock:
            earned = self.unlock_table.earned(account.ulid, game_id).values()
            moments = [self.play_table.last_ping(account, game_id), *(one.shown_at for one in earned)]
        return max(filter(None, moments), default=None)

    def profile(self, account: Account) -> dict[str, str | int | None]:
        """Return all fields of GetUserProfile, named and typed as the site does (site-api.md 5.2)."""
        with self.lock:
            hardcore, softcore = self.points(account)
            return {
                "User": account.name,
                "ULID": account.ulid,
                "UserPic": f"/UserPic/{account.first_name}.png",
                "MemberSince": account.member_since.strftime("%Y-%m-%d %H:%M:%S"),
                "RichPresenceMsg": None if account.last_game_id is None else "Reading the map",
                "LastGameID": account.last_game_id,
                "ContribCount": 0,
                "ContribYield": 0,
                "TotalPoints": hardcore,
                "TotalSoftcorePoints": softcore,
                "TotalTruePoints": hardcore * 2,
                "Permissions": -2 if account.banned else 1,
                "Untracked": int(account.banned),
                "ID": account.id,
                "UserWallActive": 1,
                "Motto": "",
            }

    def _is_summed(self, game: Game) -> bool:
        """Return whether the totals contain the game: those of hubs and events do not count."""
        return self.catalogue.console_of(game).is_game_system

    def revoke(self, player: AccountRef, game_id: GameId, achievement_id: int) -> None:
        """Remove one unlock, as the player or the staff does; its mastery goes, too.

        RAWeb: ResetPlayerProgressAction. Does nothing where there is no unlock.
        """
        with self.lock:
            ulid = self.accounts.require(player).ulid
            removed = self.unlock_table.remove(ulid, game_id, achievement_id)
            if removed is not None and self.catalogue.games[game_id].achievements[achievement_id].promoted:
                self.metrics.drop_mastery(ulid, game_id, hardcore=removed.hardcore_at is not None)
            self.metrics.refresh(ulid, game_id)

    def delete_account(self, player: AccountRef) -> None:
        """Destroy a player's unlocks; the account is unknown from now on."""
        with self.lock:
            account = self.accounts.require(player)
            self.unlock_table.reset_account(account)
            account.deleted, account.key, account.last_game_id = True, None, 0
