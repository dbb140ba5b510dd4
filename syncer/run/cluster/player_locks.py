"""The locks of the players whose runs a process executes, all on one connection of PostgreSQL.

The integrity of the data does not depend on them: that is what the transactions are for.
"""

import hashlib
import threading
from contextlib import suppress
from typing import Any

from syncer.core.errors import StoreError
from syncer.store.db.engine import Database
from syncer.store.db.lock_keys import RUNS_KEY

TRY_PLAYER = "SELECT pg_try_advisory_lock(%s)"
# Shared by all runs; an upgrade of the schema takes it alone.
TRY_RUN = f"SELECT pg_try_advisory_lock_shared({RUNS_KEY})"
UNLOCK_PLAYER = "SELECT pg_advisory_unlock(%s)"
UNLOCK_RUN = f"SELECT pg_advisory_unlock_shared({RUNS_KEY})"


def player_key(player: str) -> int:
    """Return the key of a player's lock, from the configured name: a player's id is not known at first."""
    digest = hashlib.blake2b(player.lower().encode(), digest_size=8, person=b"syncer player")
    return int.from_bytes(digest.digest(), signed=True)


class PlayerLocks:
    """Locks by the players' configured names. Safe in several threads."""

    def __init__(self, database: Database) -> None:
        self._database, self._mutex = database, threading.Lock()
        self._held: set[str] = set()
        self._connection: Any = None

    def try_lock(self, player: str) -> bool:
        """Lock a player; return False if it is locked, or the schema is being upgraded. Raises StoreError."""
        with self._mutex:
            if player in self._held or not self._take(player):
                return False
            self._held.add(player)
            return True

    def unlock(self, player: str) -> None:
        """Unlock a player. A connection that broke has done so already."""
        with self._mutex:
            self._held.discard(player)
            with suppress(StoreError):
                # Not if it could not be locked again: the lock of the runs is that of another run then.
                if self._connection is not None and self._ask(UNLOCK_PLAYER, player_key(player)):
                    self._ask(UNLOCK_RUN)

    def keep(self) -> None:
        """Lock all players again if the connection broke; call it each second. Raises StoreError.

        Where another process has locked one meanwhile, both runs go on: each writes what it was answered.
        """
        with self._mutex:
            if self._held and not self._is_alive():
                self._connect()

    def close(self) -> None:
        """Release all locks."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
                connection.close()

    def _take(self, player: str) -> bool:
        if self._connection is None:
            self._connect()
        if not self._ask(TRY_RUN):
            return False
        if self._ask(TRY_PLAYER, player_key(player)):
            return True
        self._ask(UNLOCK_RUN)
        return False

    def _connect(self) -> None:
        """Connect, and lock again what this process has locked."""
        self.close()
        with self._database.translated():
            self._connection = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
        for player in self._held:
            self._take(player)

    def _is_alive(self) -> bool:
        with suppress(StoreError):
            return self._connection is not None and bool(self._ask("SELECT 1"))
        return False

    def _ask(self, statement: str, *values: int) -> Any:
        """Return the only value of the answer. A connection that fails is closed. Raises StoreError."""
        try:
            with self._database.translated():
                return self._connection.exec_driver_sql(statement, values or None).scalar()
        except StoreError:
            self.close()
            raise
