"""The demo world's accounts: names that change, keys that expire, and which account a name means."""

import hashlib
from datetime import datetime
from threading import RLock

from syncer.core.formats.ra_json import ULID_LENGTH

from .models import EPOCH, Account, AccountRef

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the alphabet of ULIDs
LETTERS = "0123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"


class Accounts:
    """The accounts by ULID. Thread-safe: every method holds the world's lock.

    A method that takes a player raises KeyError for an unknown one.
    """

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self.by_ulid: dict[str, Account] = {}

    def add(self, name: str, key: str | None = None, *, member_since: datetime = EPOCH) -> Account:
        """Return a new account; ULID and key are derived from the name and the number of accounts.

        Raises ValueError for a name that is invalid or taken.
        """
        with self._lock:
            self._require_free(name, min_length=2)
            number = len(self.by_ulid) + 1
            # The same in every run, so that tests and screenshots can rely on them.
            ulid = "01" + _derived(CROCKFORD, ULID_LENGTH - 2, f"ulid {number} {name}")
            key = key if key is not None else _derived(LETTERS, 32, f"key {number} {name}")
            self.by_ulid[ulid] = Account(ulid, number, name, name, key, member_since)
            return self.by_ulid[ulid]

    def rename(self, player: AccountRef, new_name: str) -> None:
        """Change the display name; the first name keeps resolving, an intermediate one becomes free.

        Raises ValueError for a name that is invalid (4 to 20 letters and digits) or taken.
        """
        with self._lock:
            account = self.require(player)
            self._require_free(new_name, min_length=4, ignoring=account)
            account.name = new_name

    def _require_free(self, name: str, min_length: int, ignoring: Account | None = None) -> None:
        if not (min_length <= len(name) <= 20 and name.isascii() and name.isalnum()):
            raise ValueError(f"invalid name: {name!r}")
        for account in self.by_ulid.values():
            if account is not ignoring and _same(name, account.name, account.first_name):
                raise ValueError(f"the name is taken: {name!r}")

    def rotate_key(self, player: AccountRef) -> str:
        """Return a new key; the old one stops working at once."""
        with self._lock:
            account = self.require(player)
            account.key = _derived(LETTERS, 32, f"after {account.key} of {account.ulid}")
            return account.key

    def ban(self, player: AccountRef) -> None:
        """Remove the key; the progress stays visible to others (site-api.md section 2)."""
        with self._lock:
            account = self.require(player)
            account.banned, account.key = True, None

    def resolve(self, u: str) -> Account | None:
        """Return the account of a ULID (26 characters), a display name or a first name, in any case."""
        with self._lock:
            if len(u) == ULID_LENGTH:  # no name is that long
                found = self.by_ulid.get(u.upper())
            else:
                known = self.by_ulid.values()
                found = next((a for a in known if _same(u, a.name, a.first_name)), None)
            return None if found is None or found.deleted else found

    def owner_of(self, key: str) -> Account | None:
        """Return the owner of a key; the site's collation ignores case (site-api.md section 2)."""
        with self._lock:
            return next((a for a in self.by_ulid.values() if a.key and _same(key, a.key)), None)

    def require(self, player: AccountRef) -> Account:
        """Return the account of a player, or raise KeyError."""
        account = self.resolve(player if isinstance(player, str) else player.ulid)
        if account is None:
            raise KeyError(player if isinstance(player, str) else player.ulid)
        return account


def _same(text: str, *others: str) -> bool:
    return text.casefold() in [other.casefold() for other in others]


def _derived(alphabet: str, length: int, seed: str) -> str:
    """Return the same text for the same seed, on every machine."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    text = ""
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        text += alphabet[index]
    return text
