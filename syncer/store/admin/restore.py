"""Restore a backup. The caller holds the writer lock."""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError
from syncer.store.db.atomic_file import atomic_write
from syncer.store.db.engine import Database
from syncer.store.db.revision import head, require_known, revision_in
from syncer.store.db.streaming import ProgressCallback, TableChecksum

from .backup import copy_verified, file_reader, reading_file
from .copy import copy

UNTOUCHED = "The database was not touched. Name another backup, then try again."
IN_USE = "Nothing was changed. Stop what reads it (syncer serve, a console of SQL), then try again."
RIGHTS = "Nothing was changed. Check the folder and its permissions, then try again."


@dataclass(frozen=True)
class Restored:
    """What was restored. `revision`: of the backup. `kept`: the path of the replaced database."""

    checksums: dict[str, TableChecksum]
    revision: str
    kept: Path | None


def restore(database: Database, file: Path, now: datetime, report: ProgressCallback) -> Restored:
    """Verify a backup, then put it in the database's place, all or nothing. Raises StoreError."""
    if not file.is_file() or file.stat().st_size == 0:
        raise DatabaseIncompatible(f"{file} is no backup: there is nothing in it", hint=UNTOUCHED)
    if database.path is None:
        return _into_postgres(database, file, report)
    database.make_folder()
    database.close()  # open readers of this process would be in the way, too
    with atomic_write(database.path, replace=True) as draft:
        checksums, revision = _verified(file, draft, report)
        kept = _make_way(database.path, now)
    database.pin_identity()  # other processes that have it open get an error: it was replaced
    return Restored(checksums, revision, kept)


def _into_postgres(database: Database, file: Path, report: ProgressCallback) -> Restored:
    """Restore into an empty PostgreSQL database; one with rows is refused."""
    source = Database(f"sqlite:///{file}")
    source.reader = file_reader(file)
    try:
        return Restored(copy(source, database, report), head(), None)
    finally:
        source.close()


def _verified(file: Path, draft: Path, report: ProgressCallback) -> tuple[dict[str, TableChecksum], str]:
    """Copy the backup into the draft. Return its checksums and its revision."""
    try:
        with reading_file(file, str(file)) as tx:
            revision = revision_in(tx, str(file))
            require_known(revision)
            if revision is None:
                raise DatabaseIncompatible(f"{file} is no backup: there are no tables in it", hint=UNTOUCHED)
            return copy_verified(tx, draft, str(file), report), revision
    except DatabaseCorrupt as error:
        raise DatabaseCorrupt(error.message, hint=UNTOUCHED) from error


def _make_way(path: Path, now: datetime) -> Path | None:
    """Copy the file that is about to be replaced, damaged or not. Return the path, None without a file."""
    kept = path.with_name(f"{path.name}.replaced-{now:%Y%m%dT%H%M%S}")
    is_there = path.exists()
    if is_there:
        _fold_log(path)
        with atomic_write(kept) as draft:
            shutil.copyfile(path, draft)
    for end in ("-wal", "-journal"):  # of a damaged or missing file: they must not reach the new one
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(kept.with_name(kept.name + end))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return kept if is_there else None


def _fold_log(path: Path) -> None:
    """Move the write-ahead log into the file. Raise StoreBusy if another process has the file open.

    A log that stays would be applied to the new file; a reader that stays would share its index with readers
    of the new one. A file that is too damaged for this has no readers.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreBusy(f"{path} is in use by another program", hint=IN_USE) from error
        if not code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise StoreError(f"{path} cannot be opened or written ({code})", hint=RIGHTS) from error
