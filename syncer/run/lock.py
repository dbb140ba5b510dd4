"""One writer per database; says who holds it. A courtesy: what is right rests on the transactions."""

import json
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from syncer.core.clock import Clock
from syncer.core.errors import StoreError, WriterLockHeld
from syncer.store.db.engine import Database

KEY = 7_261_002  # of pg_try_advisory_lock
HOLDS_IT = """
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objid = %s AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
HOLDER = "SELECT a.application_name, a.backend_start AT TIME ZONE 'UTC'" + HOLDS_IT
END_OURS = "SELECT pg_terminate_backend(a.pid)" + HOLDS_IT + " AND a.application_name = %s"
LOST = 5.0  # seconds in which a lock that was lost must be ours again


class WriterLock:
    """Held from `acquire` until `release`, or until the process ends however it ends."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._one_at_a_time = threading.Lock()  # the players' jobs share it
        self._lock: _FileLock | _AdvisoryLock
        self._lock = _FileLock(database, database.path, clock) if database.path else _AdvisoryLock(database)

    def acquire(self, wait: float = 0.0) -> None:
        """Wait at most so many seconds. Raises WriterLockHeld, naming pid, host and since when."""
        until = self._clock.monotonic() + wait
        while not self._lock.try_acquire():
            if self._clock.monotonic() >= until:
                who = self._lock.owner()
                hint = "Nothing was changed. Wait for it (syncer sync --wait 10m), or stop that process."
                raise WriterLockHeld(f"another syncer is at work on this database: {who}", hint=hint)
            self._clock.wait(0.25)

    def reacquire(self) -> None:
        """Take it again where the database has lost it. Raises WriterLockHeld."""
        with self._one_at_a_time:
            if not self._lock.is_held():
                self.acquire(LOST)

    def release(self) -> None:
        self._lock.release()


class _FileLock:
    def __init__(self, database: Database, path: Path, clock: Clock) -> None:
        database.make_folder()
        self._file = path.with_name(path.name + "-lock")
        self._lock = FileLock(self._file, blocking=False, mode=0o600, thread_local=False)
        self._locked: tuple[int, int] | None = None
        self._note = path.with_name(path.name + "-holder")  # beside the lock: the lock's own file is not ours
        self._clock = clock

    def try_acquire(self) -> bool:
        try:
            self._lock.release(force=True)  # a lock on a file that somebody deleted locks nothing
            self._lock.acquire()
            self._locked = self._inode()
        except Timeout:
            return False
        except OSError as error:
            raise StoreError(f"the lock beside the database cannot be made ({error.strerror})") from None
        facts = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
        }
        with suppress(OSError):  # a courtesy for whoever comes second
            self._note.write_text(json.dumps(facts))
        return True

    def owner(self) -> str:
        with suppress(OSError, ValueError):
            facts = json.loads(self._note.read_text())
            return f"pid {facts['pid']} on {facts['host']}, since {facts['since']} UTC"
        return "not known which"

    def is_held(self) -> bool:
        return self._lock.is_locked and self._inode() == self._locked

    def _inode(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = os.stat(self._file)
            return found.st_dev, found.st_ino
        return None

    def release(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):
                self._note.unlink()
            self._lock.release()


class _AdvisoryLock:
    """On PostgreSQL, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    def try_acquire(self) -> bool:
        self.release()
        with self._database.translated():
            connection = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({KEY})").scalar():
                self._connection = connection
                return True
            self._end_what_we_lost(connection)
            connection.close()
        return False

    def _end_what_we_lost(self, connection: Any) -> None:
        """A connection of this process that was cut on our side only may still hold it on the server's."""
        connection.exec_driver_sql(END_OURS, (KEY, application_name()))

    def owner(self) -> str:
        with self._database.translated(), self._database.writer.connect() as connection:
            row = connection.exec_driver_sql(HOLDER, (KEY,)).first()
        return (
            f"{row[0].removeprefix('syncer ')}, since {row[1]:%Y-%m-%d %H:%M:%S} UTC"
            if row
            else "not known which"
        )

    def is_held(self) -> bool:
        try:
            with self._database.translated():
                return (
                    self._connection is not None
                    and self._connection.exec_driver_sql("SELECT 1").scalar() == 1
                )
        except StoreError:
            return False

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # a connection that is gone has no lock any more
                connection.invalidate()
                connection.close()


def application_name() -> str:
    """How this process is called in pg_stat_activity."""
    return f"syncer pid {os.getpid()} on {socket.gethostname()}"
