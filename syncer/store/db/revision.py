"""The revision of the schema: which one a database has, and which one this version needs."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError

from .engine import Database
from .migration_files import MIGRATIONS as MIGRATIONS
from .migration_files import ROOT as ROOT
from .migration_files import head as head
from .migration_files import revisions as revisions
from .schema.verify import require_exact

TABLES_OF_EACH_REVISION = {"targets", "snapshots"}
HINT_ELSEWHERE = (
    "Name another database in [database] url; or, on PostgreSQL, make a schema (CREATE SCHEMA syncer) and "
    "let the url end with ?options=-csearch_path=syncer"
)


def current(database: Database) -> str | None:
    """Return the revision of the database, None for a new one. Its schema is exactly of that revision.

    Raises DatabaseCorrupt, DatabaseIncompatible, StoreError.
    """
    if not has_file(database):
        return None
    with database.reading() as tx:
        return verified_revision(tx, database.name)


def verified_revision(tx: sa.Connection, name: str) -> str | None:
    """Return the stored revision of an open database whose schema is exact. Raises as `current` does."""
    revision = revision_in(tx, name)
    require_known(revision)
    try:
        if revision is not None:
            require_exact(tx, name, revision)
    except DatabaseCorrupt:
        # PostgreSQL shows each statement what is committed then: an upgrade may have ended in between.
        if revision_in(tx, name) != revision:
            return verified_revision(tx, name)
        raise
    return revision


def require_exact_if_known(tx: sa.Connection, name: str) -> None:
    """Raise DatabaseCorrupt where the schema is not exact. One of a newer version cannot be compared."""
    if revision_in(tx, name) in revisions():
        verified_revision(tx, name)


def require_known(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        raise DatabaseIncompatible(
            f"the database is at revision {revision}, this version knows up to {head()}; nothing was touched",
            hint="Install the newer version that wrote it.",
        )


def read_revision(database: Database) -> str | None:
    """Return the stored revision, known to this version or not. Raises as `current` does."""
    if not has_file(database):
        return None
    with database.reading() as tx:
        return revision_in(tx, database.name)


def stored_revision(database: Database) -> str | None:
    """Return the stored revision of a database that was opened before, with one small statement."""
    with database.reading() as tx:
        found = tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def revision_in(tx: sa.Connection, name: str) -> str | None:
    """Return the stored revision of an open database. `name`: what errors call it."""
    inspector = sa.inspect(tx)
    tables = inspector.get_table_names()
    stamps: Sequence[object] = ()
    if "alembic_version" in tables:
        columns = [column["name"] for column in inspector.get_columns("alembic_version")]
        query = sa.text("SELECT version_num FROM alembic_version")
        stamps = tx.scalars(query).all() if "version_num" in columns else ("unknown", "unknown")
    # Another program may use Alembic, too.
    if tables and (not stamps or TABLES_OF_EACH_REVISION.isdisjoint(tables)):
        raise DatabaseIncompatible(f"{name} holds tables of another program", hint=HINT_ELSEWHERE)
    if len(stamps) > 1 or not all(isinstance(stamp, str) for stamp in stamps):
        hint = "Nothing was changed. Restore a backup: syncer db restore FILE"
        raise DatabaseCorrupt(f"{name} does not say which revision it has (table alembic_version)", hint=hint)
    return str(stamps[0]) if stamps else None


def has_file(database: Database) -> bool:
    """Return whether the database exists. Raises DatabaseCorrupt for an empty file, which is no new one."""
    if database.path is None:
        return True
    try:
        size = os.stat(database.path).st_size
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreachable(database.path, error) from None
    if size == 0:
        hint = f"Restore a backup; or, if it never held anything: rm {quote(str(database.path))}"
        raise DatabaseCorrupt(f"{database.path} is empty: no history was started over it", hint=hint)
    return True


def _unreachable(path: Path, error: OSError) -> StoreError:
    """Return the error that names the folder on the way to a file which this user may not enter."""
    folder = next((f for f in reversed(path.parents) if not os.access(f, os.X_OK, effective_ids=True)), path)
    hint = f"Nothing was changed. Let this user enter it, then try again: ls -ld {quote(str(folder))}"
    return StoreError(f"{path} cannot be reached: {folder} ({error.strerror})", hint=hint)


def require_current(database: Database, *, exact: bool = True) -> None:
    """Pin the database if its schema is that of this version. Raises DatabaseIncompatible otherwise.

    `exact`: raise DatabaseCorrupt where the schema differs from that of its revision.
    """
    revision = current(database) if exact else read_revision(database)
    require_known(revision)
    if revision is None and database.path and not database.path.exists():
        raise DatabaseIncompatible(
            f"{database.path} is not there yet", hint="The first run makes it: syncer sync"
        )
    if revision != head():
        raise DatabaseIncompatible(
            f"the database is at revision {revision or 'none'}, this version needs {head()}",
            hint="Back it up, then: syncer db upgrade",
        )
    database.pin_identity()
