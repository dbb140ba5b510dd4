"""Back up a database into a file, verified, while other processes read and write."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError
from syncer.store.db.atomic_file import FREE, atomic_write
from syncer.store.db.driver_errors import map_sqlite_error, translate_errors
from syncer.store.db.engine import Database, sqlite_engine
from syncer.store.db.revision import current, has_file, head, require_exact_if_known
from syncer.store.db.streaming import (
    ProgressCallback,
    TableChecksum,
    batches,
    checksum_of,
    require_equal,
    snapshot_transaction,
)

from .copy import copy_into_new
from .files import LOGS
from .integrity import damaged_pages

PAGES = 500  # copied between two reports of progress
AGAIN = "The database was not touched and no incomplete file was left. Check it: syncer db check"


def backup(database: Database, file: Path, report: ProgressCallback) -> dict[str, TableChecksum]:
    """Write a backup to `file` and return its checksums by table. Raises StoreError.

    Never replaces a file. The backup of PostgreSQL is a SQLite file, too: readable without a server.
    """
    if not has_file(database):
        raise DatabaseIncompatible(
            f"{database.name} is not there yet", hint="The first run makes it: syncer sync"
        )
    if database.path is None and (revision := current(database)) != head():
        why = f"{database.name} is at revision {revision or 'none'}, this version needs {head()}"
        raise DatabaseIncompatible(
            why, hint="Nothing was written. Back it up with pg_dump, then: syncer db upgrade"
        )
    _require_no_logs(file)
    with atomic_write(file) as draft:
        if database.path is None:
            return copy_into_new(database, draft, report)
        with snapshot_transaction(database) as tx:
            require_exact_if_known(tx, database.name)
            return copy_verified(tx, draft, database.name, report)


def _require_no_logs(file: Path) -> None:
    """Raise StoreError for a log that waits beside the name: whoever opened the backup would apply it."""
    for log in (file.with_name(file.name + end) for end in LOGS):
        if os.path.lexists(log):
            raise StoreError(f"{log} is there already, and belongs to another database", hint=FREE)


def copy_verified(
    tx: sa.Connection, draft: Path, name: str, report: ProgressCallback
) -> dict[str, TableChecksum]:
    """Copy SQLite to SQLite, of any revision, page by page; then read and compare both.

    One transaction of the source covers all of it, so that the two are equal while others write.
    """
    wanted = tables_of(tx)  # the first read fixes the state that the transaction sees
    _copy_pages(tx, draft, name, report)
    with reading_file(draft, name) as copy:
        if problems := damaged_pages(copy):
            raise DatabaseCorrupt(f"{name} is not sound: {'; '.join(problems[:5])}", hint=AGAIN)
        found = checksums(copy, tables_of(copy), name)
    require_equal(checksums(tx, wanted, name), found, AGAIN)
    return found


def _copy_pages(tx: sa.Connection, draft: Path, name: str, report: ProgressCallback) -> None:
    source = tx.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    old = os.umask(0o077)
    try:
        with closing(sqlite3.connect(draft)) as copy:
            source.backup(copy, pages=PAGES, progress=lambda _, left, total: report(total - left, total))
    except sqlite3.Error as error:
        mapped = map_sqlite_error(getattr(error, "sqlite_errorname", ""), f"{name} or its copy")
        if mapped is None:
            raise
        raise mapped from error
    finally:
        os.umask(old)


@contextmanager
def reading_file(file: Path, name: str) -> Iterator[sa.Connection]:
    """Open a SQLite file that no process writes. `name`: what errors call it. Raises StoreError."""
    engine = file_reader(file)
    try:
        with translate_errors(name), engine.begin() as tx:
            yield tx
    finally:
        engine.dispose()


def file_reader(file: Path) -> sa.Engine:
    """Return an engine that leaves nothing beside the file. A write-ahead log beside it is read, too."""
    has_log = file.with_name(file.name + "-wal").exists()
    return sqlite_engine(file.resolve(), "BEGIN", mode="ro" if has_log else "ro&immutable=1")


def tables_of(tx: sa.Connection) -> list[str]:
    """Return the names of the stored tables. What a virtual one shows is stored in tables of its own."""
    query = """SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
        AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'"""
    return sorted(row[0] for row in tx.exec_driver_sql(query).all())


def checksums(tx: sa.Connection, names: list[str], owner: str) -> dict[str, TableChecksum]:
    """Return the checksums of tables as stored, of whatever schema."""
    quoted = tx.dialect.identifier_preparer.quote
    keyed = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%WITHOUT ROWID%'"
    without_rowid = set(tx.exec_driver_sql(keyed).scalars())  # these are stored, and so read, by their keys
    order = {name: "" if name in without_rowid else " ORDER BY rowid" for name in names}
    queries = {name: sa.text(f"SELECT * FROM {quoted(name)}{order[name]}") for name in names}  # noqa: S608
    return {name: checksum_of(batches(tx, query, owner)) for name, query in queries.items()}
