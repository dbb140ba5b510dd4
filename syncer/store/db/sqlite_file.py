"""Open a SQLite file, also where nothing can be written: a read-only mount, a full disk."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DisconnectionError

BUSY_MS = 5000
# To read a file in WAL mode SQLite makes files beside it, or writes to them. This it says where it cannot.
CANNOT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_PERM")


class ImmutableFile(sqlite3.Connection):
    """A connection to a file that nobody writes, without locks. `state`: of the file when it was opened."""

    state: tuple[int, ...] = ()


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file. `mode`: ro, rw, or rwc, which creates it.

    Where only reading is asked for and nothing can be written beside the file, it is opened as immutable, if
    no writer has it open: what is in a write-ahead log would be left out.
    """
    connection = _open(path, mode)
    if mode != "ro":
        return connection
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        # Of two reasons the first is for whoever runs the next statement, where errors are translated.
        if error.sqlite_errorname.startswith(CANNOT_WRITE) and _is_at_rest(path):
            connection.close()
            return _open_immutable(path)
    except sqlite3.Error:
        pass
    return connection


def _open(path: Path, mode: str, kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """With isolation_level None the driver begins no transactions by itself."""
    old = os.umask(0o077)
    try:
        return sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
            factory=kind,
        )
    finally:
        os.umask(old)


def _open_immutable(path: Path) -> sqlite3.Connection:
    state = _state_of(path)
    connection = _open(path, "ro&immutable=1", ImmutableFile)
    assert isinstance(connection, ImmutableFile)
    connection.state = state
    return connection


def require_unchanged(path: Path, connection: sqlite3.Connection) -> None:
    """Raise DisconnectionError, upon which the pool opens another, where a writer has come meanwhile."""
    if not isinstance(connection, ImmutableFile):
        return
    if not _is_at_rest(path) or connection.state != _state_of(path):
        raise DisconnectionError("a writer has changed the file that was opened as immutable")


def _is_at_rest(path: Path) -> bool:
    """Return whether the file can be read, and no log with content is beside it."""
    logs = [f"{path}{end}" for end in ("-wal", "-journal")]
    has_log = any(os.path.exists(log) and os.path.getsize(log) for log in logs)
    return os.access(path, os.R_OK, effective_ids=True) and not has_log


def _state_of(path: Path) -> tuple[int, ...]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns
