"""The writer lock: one writing process per database, and who it is.

It keeps two daemons from polling the same games. The integrity of the data does not depend on it: that is
what the transactions are for.
"""

import errno
import json
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

from syncer.core.clock import Clock
from syncer.core.errors import DiskFull, StoreError, WriterLockHeld
from syncer.core.places import left_place
from syncer.store.db.engine import Database

from .advisory_lock import UNKNOWN_OWNER, AdvisoryLock, Sharing

HINTS = {
    Sharing.ALONE: "Nothing was changed. If that is the daemon (syncer run), it polls by itself; when: "
    "syncer status. Otherwise wait for it (syncer sync --wait 10m), or stop that process.",
    Sharing.WITH_WORKERS: "Nothing was changed. Only one process plans; it goes on without this one.",
    Sharing.AS_WORKER: "It works without [cluster]. Stop it, or set [cluster] enabled = true for it, too.",
}
OF_A_CLUSTER = (
    " If it is of a cluster, stop its planner and all its workers, or set [cluster] enabled = true here, too."
)
REACQUIRE_TIMEOUT = 5.0  # seconds in which a job tries to take a lost lock again


class WriterLock:
    """Held from `acquire` until `release`, or until the process ends however it ends."""

    def __init__(self, database: Database, clock: Clock, sharing: Sharing = Sharing.ALONE) -> None:
        self._clock, self._sharing = clock, sharing
        self._mutex = threading.Lock()  # the players' jobs share it
        self._lock: _FileLock | AdvisoryLock
        if database.path:
            self._lock = _FileLock(database, database.path, clock)
        else:
            self._lock = AdvisoryLock(database, application_name(), sharing)
        self._hint = HINTS[sharing]
        if sharing is Sharing.ALONE and not database.path:
            self._hint += OF_A_CLUSTER

    def acquire(self, wait: float = 0.0) -> None:
        """Wait for the lock, at most so many seconds. Raises WriterLockHeld, which names the owner."""
        if not self._acquired_within(wait):
            owner = self._lock.owner()
            why = f"another syncer is at work on this database: {owner}"
            raise WriterLockHeld(why, hint=self._hint)

    def _acquired_within(self, seconds: float) -> bool:
        deadline = self._clock.monotonic() + seconds
        while not self._lock.try_acquire():
            if self._clock.monotonic() >= deadline:
                return False
            self._clock.wait(0.25)
        return True

    def reacquire(self) -> bool:
        """Take the lock again if it was lost, and return whether it was.

        It is lost when its file is deleted, or when the connection to PostgreSQL breaks. Raises
        WriterLockHeld if another process took it meanwhile.
        """
        with left_place(), self._mutex:  # the other jobs wait for the mutex, and must not hold all places
            if self._lock.is_held():
                return False
            if not self._acquired_within(REACQUIRE_TIMEOUT):
                owner = self._lock.owner()
                raise WriterLockHeld(f"another syncer took the database: {owner}; polling goes on after it")
            return True

    def is_held(self) -> bool:
        """Return whether this process is the writer, and not one that took a lost lock."""
        with self._mutex:
            return self._lock.is_held()

    def release(self) -> None:
        """Release the lock, if it is held."""
        self._lock.release()


class _FileLock:
    """An advisory lock on a file next to the database."""

    def __init__(self, database: Database, path: Path, clock: Clock) -> None:
        from filelock import FileLock  # which commands that only read do not need

        database.make_folder()
        self._file = path.with_name(path.name + "-lock")
        self._lock = FileLock(self._file, blocking=False, mode=0o600, thread_local=False)
        self._locked_inode: tuple[int, int] | None = None
        # Not in the lock's file: that one belongs to filelock.
        self._owner_file = path.with_name(path.name + "-holder")
        self._clock = clock

    def try_acquire(self) -> bool:
        from filelock import Timeout

        try:
            self._lock.release(force=True)  # a lock on a file that was deleted excludes no process
            self._lock.acquire()
            self._locked_inode = self._inode()
        except Timeout:
            return False
        except OSError as error:
            kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreError
            raise kind(f"the lock file next to the database cannot be created ({error.strerror})") from None
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
        }
        with suppress(OSError):  # only read for the message to a second process
            self._owner_file.write_text(json.dumps(owner))
        return True

    def owner(self) -> str:
        with suppress(OSError, ValueError):
            owner = json.loads(self._owner_file.read_text())
            return f"pid {owner['pid']} on {owner['host']}, since {owner['since']} UTC"
        return UNKNOWN_OWNER

    def is_held(self) -> bool:
        return self._lock.is_locked and self._inode() == self._locked_inode

    def _inode(self) -> tuple[int, int] | None:
        with suppress(OSError):
            status = os.stat(self._file)
            return status.st_dev, status.st_ino
        return None

    def release(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):
                self._owner_file.unlink()
            self._lock.release()


def application_name() -> str:
    """Return the name of this process in pg_stat_activity, which cuts longer ones."""
    return f"syncer pid {os.getpid()} on {socket.gethostname()}"[:63]
