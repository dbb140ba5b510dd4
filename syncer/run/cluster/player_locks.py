"""The locks of the players whose runs a process executes, all on one connection of PostgreSQL.

The integrity of the data does not depend on them: that is what the transactions are for.
"""

import hashlib
import threading
from contextlib import suppress
from typing import Any

from syncer.core.errors import StoreError
from syncer.store.db.engine import Database
from syncer.store.db.migrate import RUNS_KEY

TRY_PLAYER = "SELECT pg_try_advisory_lock(%s)"
# Shared by all runs; an upgrade of the schema takes it alone.
TRY_RUN = f"SELECT pg_try_advisory_lock_shared({RUNS_KEY})"
UNLOCK = f"SELECT pg_advisory_unlock(%s), pg_advisory_unlock_shared({RUNS_KEY})"


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
            with suppress(StoreError), self._database.translated():
                if self._connection is not None:
                    self._connection.exec_driver_sql(UNLOCK, (player_key(player),))

    def keep(self) -> None:
        """Lock all players again if the connection broke; call it each second. Raises StoreError.

        Where another process has locked one meanwhile, both runs go on: each writes what it was answered.
        """
        with self._mutex:
            if self._held and not self._is_alive():
                self._connect()
                for player in self._held:
                    self._take(player)

    def close(self) -> None:
        """Release all locks."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
                connection.close()

    def _take(self, player: str) -> bool:
        with self._database.translated():
            if self._connection is None or self._connection.invalidated:
                self._connect()
            if not self._connection.exec_driver_sql(TRY_RUN).scalar():
                return False
            if self._connection.exec_driver_sql(TRY_PLAYER, (player_key(player),)).scalar():
                return True
            self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock_shared({RUNS_KEY})")
            return False

    def _connect(self) -> None:
        self.close()
        with self._database.translated():
            self._connection = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _is_alive(self) -> bool:
        try:
            with self._database.translated():
                return bool(self._connection.exec_driver_sql("SELECT 1").scalar() == 1)
        except StoreError:
            return False
