"""Restore a backup. The caller holds the writer lock."""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError
from syncer.store.db.atomic_file import atomic_write
from syncer.store.db.engine import Database
from syncer.store.db.revision import head, verified_revision
from syncer.store.db.schema.verify import MAX_NAMED, read_schema
from syncer.store.db.streaming import ProgressCallback, TableChecksum

from .backup import copy_verified, file_reader, reading_file
from .copy import copy
from .integrity import broken_invariants, damaged_pages, orphaned_rows
from .values import value_problems

UNTOUCHED = "The database was not touched. Name another backup, then try again."
FOREIGN = "The database was not touched. If these are yours, add --keep-foreign."
IN_USE = "Nothing was changed. Stop what reads it (syncer serve, a console of SQL), then try again."
RIGHTS = "Nothing was changed. Check the folder and its permissions, then try again."


@dataclass(frozen=True)
class Restored:
    """What was restored. `revision`: of the backup. `kept`: the path of the replaced database."""

    checksums: dict[str, TableChecksum]
    revision: str
    kept: Path | None


def restore(
    database: Database, file: Path, now: datetime, report: ProgressCallback, *, keep_foreign: bool = False
) -> Restored:
    """Verify a backup, then put it in the database's place, all or nothing. Raises StoreError.

    `keep_foreign`: take over what others made in it. Else a file with such objects is refused.
    """
    if not file.is_file() or file.stat().st_size == 0:
        raise DatabaseIncompatible(f"{file} is no backup: there is nothing in it", hint=UNTOUCHED)
    if database.path is None:
        return _into_postgres(database, file, report)
    database.make_folder()
    database.close()  # open readers of this process would be in the way, too
    with atomic_write(database.path, replace=True) as draft:
        checksums, revision = _verified(file, draft, report, keep_foreign)
        kept = _make_way(database.path, now)
    database.pin_identity()  # other processes that have it open get an error: it was replaced
    return Restored(checksums, revision, kept)


def _into_postgres(database: Database, file: Path, report: ProgressCallback) -> Restored:
    """Restore into an empty PostgreSQL database; one with rows is refused."""
    source = Database(f"sqlite:///{file}")
    source.reader = file_reader(file)
    try:
        with reading_file(file, str(file)) as tx:
            _require_sound(tx, str(file))  # what others made is not copied
        return Restored(copy(source, database, report), head(), None)
    finally:
        source.close()


def _verified(
    file: Path, draft: Path, report: ProgressCallback, keep_foreign: bool
) -> tuple[dict[str, TableChecksum], str]:
    """Copy the backup into the draft. Return its checksums and its revision."""
    try:
        with reading_file(file, str(file)) as tx:
            revision = _require_sound(tx, str(file))
            foreign = read_schema(tx).foreign
            if foreign and not keep_foreign:
                why = f"{file} holds what no version made: {', '.join(foreign[:MAX_NAMED])}"
                raise DatabaseCorrupt(why, hint=FOREIGN)
            return copy_verified(tx, draft, str(file), report), revision
    except DatabaseCorrupt as error:
        hint = FOREIGN if error.hint == FOREIGN else UNTOUCHED
        raise DatabaseCorrupt(error.message, hint=hint) from error


def _require_sound(tx: sa.Connection, name: str) -> str:
    """Return the revision of a backup. Raise unless its schema is exact and each value is one of ours."""
    revision = verified_revision(tx, name)
    if revision is None:
        raise DatabaseIncompatible(f"{name} is no backup: there are no tables in it", hint=UNTOUCHED)
    problems = damaged_pages(tx) or orphaned_rows(tx) + value_problems(tx)
    if not problems and revision == head():
        problems = broken_invariants(tx)
    if problems:
        raise DatabaseCorrupt(f"{name} is not sound: {'; '.join(problems[:MAX_NAMED])}", hint=UNTOUCHED)
    return revision


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
