"""The demo world's accounts: names that change, keys that die, and who is meant by what."""

import hashlib
from datetime import datetime
from threading import RLock

from syncer.core.formats.ra_json import ULID_LENGTH

from .models import EPOCH, Account, Who

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the alphabet of ULIDs
LETTERS = "0123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"


class Accounts:
    """Thread-safe: every method holds `lock`. A player who is not there raises KeyError."""

    lock: RLock

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}  # by ULID

    def add_account(self, name: str, key: str | None = None, *, member_since: datetime = EPOCH) -> Account:
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
        """The key is gone; the progress stays and is still told (site-api.md section 2)."""
        with self.lock:
            account = self._one(player)
            account.banned, account.key = True, None

    def resolve(self, u: str) -> Account | None:
        """26 characters are a ULID, all else a display name or first name, whatever the case."""
        with self.lock:
            if len(u) == ULID_LENGTH:
                found = self.accounts.get(u.upper())
            else:
                found = next((a for a in self.accounts.values() if _same(u, a.name, a.first_name)), None)
            return None if found is None or found.deleted else found

    def owner_of(self, key: str) -> Account | None:
        """Whose key it is; the site's collation ignores case (site-api.md section 2)."""
        with self.lock:
            return next((a for a in self.accounts.values() if a.key and _same(key, a.key)), None)

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
