"""The revision of the schema: which one a database has, and which one this version needs."""

import os
from pathlib import Path
from shlex import quote

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible

from .engine import Database

PACKAGE = Path(__file__).parents[2]
ROOT = PACKAGE / "_data" if (PACKAGE / "_data" / "alembic.ini").exists() else PACKAGE.parent
MIGRATIONS = ROOT / "migrations"
TABLES_OF_EACH_REVISION = {"targets", "snapshots"}
HINT_ELSEWHERE = (
    "Name another database in [database] url; on PostgreSQL, or make a schema (CREATE SCHEMA syncer) and add "
    "?options=-csearch_path=syncer to the url."
)


def revisions() -> list[str]:
    """Return the revisions of this version, oldest first, by the numbers of files: Alembic loads slowly."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def head() -> str:
    return revisions()[-1]


def current(database: Database) -> str | None:
    """Return the revision of the database, None for a new one.

    Raises DatabaseCorrupt, DatabaseIncompatible, StoreError.
    """
    revision = read_revision(database)
    require_known(revision)
    return revision


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


def revision_in(tx: sa.Connection, name: str) -> str | None:
    """Return the stored revision of an open database. `name`: what errors call it."""
    tables = sa.inspect(tx).get_table_names()
    revision: str | None = None
    if "alembic_version" in tables:
        revision = tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
    # Another program may use Alembic, too.
    if tables and (revision is None or TABLES_OF_EACH_REVISION.isdisjoint(tables)):
        raise DatabaseIncompatible(f"{name} holds tables of another program", hint=HINT_ELSEWHERE)
    return revision


def has_file(database: Database) -> bool:
    """Return whether the database exists. Raises DatabaseCorrupt for an empty file, which is no new one."""
    if database.path is None:
        return True
    if not os.path.exists(database.path):  # Path.exists raises where a folder on the way is forbidden
        return False
    if database.path.stat().st_size == 0:
        hint = f"Restore a backup; or, if it never held anything: rm {quote(str(database.path))}"
        raise DatabaseCorrupt(f"{database.path} is empty: no history was started over it", hint=hint)
    return True


def require_current(database: Database) -> None:
    """Pin the database if its schema is that of this version. Raises DatabaseIncompatible otherwise."""
    revision = current(database)
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
