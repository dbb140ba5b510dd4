"""The truth that the demo server tells, as the site's scripts ask for it."""

from syncer.core.model.progress import GameId, Progress

from .models import Account, Achievement, Award, Console, Game, Row, Unlock
from .progress_tables import ProgressTables


class World(ProgressTables):
    """Thread-safe: every method holds `lock`, and whoever needs two answers of one moment may hold it too.

    Whatever names a player, game or achievement that is not there raises KeyError.
    """

    def progress(self, account: Account, game_id: GameId) -> Progress:
        """The six numbers; zeros for a game that is deleted or never was (site-api.md 5.1)."""
        with self.lock:
            game = self.games.get(game_id)
            if game is None or game.deleted:
                return Progress(0, 0, *Row().as_tuple)
            points = [a.points for a in game.promoted()]
            row = self._rows.get(account.ulid, {}).get(game_id, Row())
            return Progress(len(points), sum(points), *row.as_tuple)

    def profile(self, account: Account) -> dict[str, str | int | None]:
        """All fields of GetUserProfile, named and typed as the site does (site-api.md 5.2)."""
        with self.lock:
            rows = [row.as_tuple for row in self._rows.get(account.ulid, {}).values()]
            hardcore = sum(row[3] for row in rows)
            return {
                "User": account.name,
                "ULID": account.ulid,
                "UserPic": f"/UserPic/{account.first_name}.png",
                "MemberSince": account.member_since.strftime("%Y-%m-%d %H:%M:%S"),
                "RichPresenceMsg": None if account.last_game_id is None else "Looking at the map",
                "LastGameID": account.last_game_id,
                "ContribCount": 0,
                "ContribYield": 0,
                "TotalPoints": hardcore,
                "TotalSoftcorePoints": sum(row[1] for row in rows) - hardcore,
                "TotalTruePoints": hardcore * 2,
                "Permissions": -2 if account.banned else 1,
                "Untracked": int(account.banned),
                "ID": account.id,
                "UserWallActive": 1,
                "Motto": "",
            }

    def rows(self, account: Account) -> list[tuple[Game, Row]]:
        """The games that the player ever unlocked something in, also where nothing is left of it."""
        with self.lock:
            return [(self.games[g], row) for g, row in self._rows.get(account.ulid, {}).items()]

    def unlocks(self, account: Account) -> list[tuple[Game, Achievement, Unlock]]:
        """Everything earned, promoted or not, whatever the rows say yet."""
        with self.lock:
            mine = self._unlocks.get(account.ulid, {})
            games = [(self.games[game_id], earned) for game_id, earned in mine.items()]
            return [(game, game.achievements[a], one) for game, earned in games for a, one in earned.items()]

    def awards(self, account: Account) -> list[Award]:
        """As the player arranged them, hidden ones first."""
        with self.lock:
            given = [award for some in self._awards.get(account.ulid, {}).values() for award in some]
            return sorted(given, key=lambda award: (award.order, award.at, award.type, award.hardcore))

    def console_of(self, game: Game) -> Console:
        with self.lock:
            return self.consoles[game.console]
