"""The truth that the demo server tells: games, accounts and unlocks, changed as the site changes them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import TypeAlias

from syncer.core.model import GameId, Progress

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the alphabet of ULIDs
LETTERS = "0123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
ULID_LENGTH = 26
NOTHING = (0, 0, 0, 0)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Achievement:
    id: int
    points: int
    promoted: bool = True


@dataclass(slots=True)
class Game:
    id: GameId
    title: str
    console: str
    achievements: dict[int, Achievement] = field(default_factory=dict)
    deleted: bool = False

    def promoted(self) -> list[Achievement]:
        return [a for a in self.achievements.values() if a.promoted]


@dataclass(slots=True)
class Account:
    """`first_name` keeps resolving for ever; `name` is the display name. Null `key`: none, or banned."""

    ulid: str
    id: int
    first_name: str
    name: str
    key: str | None = field(repr=False)
    member_since: datetime
    banned: bool = False
    deleted: bool = False
    last_game_id: GameId | None = None


@dataclass(slots=True)
class Unlock:
    """When one player earned one achievement (UTC). Null `hardcore_at`: casually only."""

    at: datetime
    hardcore_at: datetime | None = None


Who: TypeAlias = Account | str  # an account, or anything that resolves to one
Row: TypeAlias = tuple[int, int, int, int]  # counts and points: all, all, hardcore, hardcore


class World:
    """Thread-safe: every method holds `lock`, and whoever needs two answers of one moment may hold it too.

    Like the site it answers from two tables: the games' totals, and a row per player and game that is
    computed after each change. Between `hold_metrics` and `catch_up` those rows stay as they were, so
    that more can be achieved than is possible (ra-api.md section 6).

    Whatever names a player, game or achievement that is not there raises KeyError.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.games: dict[GameId, Game] = {}
        self.accounts: dict[str, Account] = {}  # by ULID
        self._unlocks: dict[tuple[str, GameId], dict[int, Unlock]] = {}
        self._rows: dict[tuple[str, GameId], Row] = {}
        self._late: set[tuple[str, GameId]] | None = None  # null: rows follow at once
        self._ids = count(1001)

    # -- games ---------------------------------------------------------------------------------------

    def add_game(
        self, title: str, points: Iterable[int] = (), *, game_id: GameId | None = None, console: str = "NES"
    ) -> Game:
        """A game with one promoted achievement for each of `points`. Raises ValueError for a taken id."""
        with self.lock:
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
            return [a.id for a in new]

    def demote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, False)

    def promote(self, game_id: GameId, achievement_id: int) -> None:
        self._set_promoted(game_id, achievement_id, True)

    def _set_promoted(self, game_id: GameId, achievement_id: int, promoted: bool) -> None:
        with self.lock:
            self.games[game_id].achievements[achievement_id].promoted = promoted
            self._refresh_game(game_id)

    def reweigh(self, game_id: GameId, achievement_id: int, points: int) -> None:
        with self.lock:
            self.games[game_id].achievements[achievement_id].points = points
            self._refresh_game(game_id)

    def delete_game(self, game_id: GameId) -> None:
        with self.lock:
            self.games[game_id].deleted = True

    # -- accounts ------------------------------------------------------------------------------------

    def add_account(self, name: str, key: str | None = None, *, member_since: datetime = LONG_AGO) -> Account:
        """A new player; ULID and key are made from the name and the number of accounts, the same each time.

        Raises ValueError for a name that cannot be had.
        """
        with self.lock:
            self._require_free(name, shortest=2)
            number = len(self.accounts) + 1
            ulid = "01" + _made_of(CROCKFORD, ULID_LENGTH - 2, f"ulid {number} {name}")
            key = key if key is not None else _made_of(LETTERS, 32, f"key {number} {name}")
            self.accounts[ulid] = Account(ulid, number, name, name, key, member_since)
            return self.accounts[ulid]

    def rename(self, player: Who, new_name: str) -> None:
        """The display name changes; the first name keeps resolving, one in between becomes free.

        Raises ValueError for a name that cannot be had (4 to 20 letters and digits, not taken).
        """
        with self.lock:
            account = self._one(player)
            self._require_free(new_name, shortest=4, besides=account)
            account.name = new_name

    def _require_free(self, name: str, shortest: int, besides: Account | None = None) -> None:
        if not (shortest <= len(name) <= 20 and name.isascii() and name.isalnum()):
            raise ValueError(f"not a name: {name!r}")
        for account in self.accounts.values():
            if account is not besides and _same(name, account.name, account.first_name):
                raise ValueError(f"the name is taken: {name!r}")

    def rotate_key(self, player: Who) -> str:
        """A new key; the old one is dead at once."""
        with self.lock:
            account = self._one(player)
            account.key = _made_of(LETTERS, 32, f"after {account.key} of {account.ulid}")
            return account.key

    def ban(self, player: Who) -> None:
        """The key is gone; the progress stays and is still told (ra-api.md section 2)."""
        with self.lock:
            account = self._one(player)
            account.banned, account.key = True, None

    def delete_account(self, player: Who) -> None:
        """Reads as unknown from now on; the unlocks are destroyed."""
        with self.lock:
            account = self._one(player)
            self.reset_account(account)
            account.deleted, account.key, account.last_game_id = True, None, 0

    # -- unlocks -------------------------------------------------------------------------------------

    def unlock(
        self, player: Who, game_id: GameId, achievement_id: int, at: datetime, *, hardcore: bool = False
    ) -> bool:
        """Earn it, or redo a casual unlock in hardcore. False: nothing new."""
        with self.lock:
            account = self._one(player)
            self.games[game_id].achievements[achievement_id]
            mine = self._unlocks.setdefault((account.ulid, game_id), {})
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

    def revoke(self, player: Who, game_id: GameId, achievement_id: int) -> None:
        """One unlock is reset, by the player or by moderation. Without one nothing happens."""
        with self.lock:
            ulid = self._one(player).ulid
            self._unlocks.get((ulid, game_id), {}).pop(achievement_id, None)
            self._refresh(ulid, game_id)

    def reset_game(self, player: Who, game_id: GameId) -> None:
        with self.lock:
            ulid = self._one(player).ulid
            self._unlocks.pop((ulid, game_id), None)
            self._refresh(ulid, game_id)

    def reset_account(self, player: Who) -> None:
        with self.lock:
            account = self._one(player)
            for ulid, game_id in list(self._unlocks):
                if ulid == account.ulid:
                    self.reset_game(account, game_id)

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

    def _refresh_game(self, game_id: GameId) -> None:
        for ulid, played in list(self._unlocks):
            if played == game_id:
                self._refresh(ulid, game_id)

    def _refresh(self, ulid: str, game_id: GameId) -> None:
        if self._late is not None:
            self._late.add((ulid, game_id))
            return
        mine = self._unlocks.get((ulid, game_id), {})
        all_ = [a for a in self.games[game_id].promoted() if a.id in mine]
        hard = [a.points for a in all_ if mine[a.id].hardcore_at is not None]
        self._rows[ulid, game_id] = (len(all_), sum(a.points for a in all_), len(hard), sum(hard))

    # -- questions -----------------------------------------------------------------------------------

    def resolve(self, u: str) -> Account | None:
        """26 characters are a ULID, all else a display name or first name, whatever the case."""
        with self.lock:
            if len(u) == ULID_LENGTH:
                found = self.accounts.get(u.upper())
            else:
                found = next((a for a in self.accounts.values() if _same(u, a.name, a.first_name)), None)
            return None if found is None or found.deleted else found

    def owner_of(self, key: str) -> Account | None:
        """Whose key it is; the site's collation ignores case (ra-api.md section 2)."""
        with self.lock:
            return next((a for a in self.accounts.values() if a.key and _same(key, a.key)), None)

    def progress(self, account: Account, game_id: GameId) -> Progress:
        """The six numbers; zeros for a game that is deleted or never was (ra-api.md 5.1)."""
        with self.lock:
            game = self.games.get(game_id)
            if game is None or game.deleted:
                return Progress(0, 0, *NOTHING)
            points = [a.points for a in game.promoted()]
            return Progress(len(points), sum(points), *self._rows.get((account.ulid, game_id), NOTHING))

    def profile(self, account: Account) -> dict[str, str | int | None]:
        """All fields of GetUserProfile, named and typed as the site does (ra-api.md 5.2)."""
        with self.lock:
            rows = [row for (ulid, _), row in self._rows.items() if ulid == account.ulid]
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

    def locked(self, player: Who, game_id: GameId) -> list[int]:
        """Promoted achievements that the player does not have, in the order of the set."""
        with self.lock:
            mine = self._unlocks.get((self._one(player).ulid, game_id), {})
            return [a.id for a in self.games[game_id].promoted() if a.id not in mine]

    def casual(self, player: Who, game_id: GameId) -> list[int]:
        """Promoted achievements that the player has, but not in hardcore."""
        with self.lock:
            mine = self._unlocks.get((self._one(player).ulid, game_id), {})
            have = [a.id for a in self.games[game_id].promoted() if a.id in mine]
            return [a for a in have if mine[a].hardcore_at is None]

    def _one(self, player: Who) -> Account:
        account = self.resolve(player if isinstance(player, str) else player.ulid)
        if account is None:
            raise KeyError(player if isinstance(player, str) else player.ulid)
        return account


def _same(text: str, *others: str) -> bool:
    return text.casefold() in [other.casefold() for other in others]


def _made_of(alphabet: str, length: int, seed: str) -> str:
    """The same text for the same seed, on every machine."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    text = ""
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        text += alphabet[place]
    return text
