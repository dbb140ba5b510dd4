"""The writer lock on PostgreSQL: advisory locks, which belong to a connection that is used for nothing else.

Without [cluster] one process holds both keys alone. With it the planner holds the first key, and each worker
shares the second. So a worker and a daemon without [cluster] refuse each other, and a planner and workers do
not.
"""

from contextlib import suppress
from enum import Enum
from typing import Any

from syncer.core.errors import StoreError
from syncer.store.db.engine import Database
from syncer.store.db.lock_keys import WORKERS_KEY, WRITER_KEY

LOCK, LOCK_SHARED = "pg_try_advisory_lock", "pg_try_advisory_lock_shared"
HELD_BY = """
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = %s AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
SELECT_OWNER = "SELECT a.application_name, a.backend_start AT TIME ZONE 'UTC'" + HELD_BY
TERMINATE_OWN = "SELECT pg_terminate_backend(a.pid)" + HELD_BY + " AND a.application_name = %s"
UNKNOWN_OWNER = "an unknown process"


class Sharing(Enum):
    """Which processes may be at work beside this one, as (function, key) of each lock that it takes."""

    ALONE = ((LOCK, WRITER_KEY), (LOCK, WORKERS_KEY))
    WITH_WORKERS = ((LOCK, WRITER_KEY),)
    AS_WORKER = ((LOCK_SHARED, WORKERS_KEY),)

    @classmethod
    def of_daemon(cls, *, has_workers: bool) -> "Sharing":
        """Return that of `syncer run`, and of what upgrades the schema in its place."""
        return cls.WITH_WORKERS if has_workers else cls.ALONE


class AdvisoryLock:
    """Advisory locks of PostgreSQL, all or none of those that `sharing` names."""

    def __init__(self, database: Database, application: str, sharing: Sharing = Sharing.ALONE) -> None:
        self._database, self._application, self._locks = database, application, sharing.value
        self._connection: Any = None

    def try_acquire(self) -> bool:
        self.release()
        with self._database.translated():
            connection = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
            for function, key in self._locks:
                if not connection.exec_driver_sql(f"SELECT {function}({key})").scalar():
                    self._terminate_own(connection, key)
                    connection.invalidate()  # which releases those that it has taken
                    connection.close()
                    return False
            self._connection = connection
        return True

    def _terminate_own(self, connection: Any, key: int) -> None:
        # A connection that broke on this side alone still holds the lock on the server.
        connection.exec_driver_sql(TERMINATE_OWN, (key, self._application))

    def owner(self) -> str:
        """Return which process holds a lock that this one needs."""
        with self._database.translated(), self._database.writer.connect() as connection:
            for _, key in self._locks:
                row = connection.exec_driver_sql(SELECT_OWNER, (key,)).first()
                if row:
                    return f"{row[0].removeprefix('syncer ')}, since {row[1]:%Y-%m-%d %H:%M:%S} UTC"
        return UNKNOWN_OWNER

    def is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            with self._database.translated():
                return bool(self._connection.exec_driver_sql("SELECT 1").scalar() == 1)
        except StoreError:
            self.release()  # the next question would find it in the middle of a broken transaction
            return False

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # a broken connection holds no lock
                connection.invalidate()
                connection.close()
