"""Run the migrations: on a new database, or on one that exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from syncer.core.errors import DatabaseCorrupt

from .atomic_file import atomic_write
from .comments import apply_comments
from .driver_errors import HINT_RECOVER, translate_errors
from .engine import Database, sqlite_engine
from .lock_keys import RUNS_KEY, UPGRADE_KEY
from .revision import MIGRATIONS, ROOT, revision_in
from .streaming import disable_timeouts
from .upgrade_obstacles import ForeignView, foreign_views, obstacles_named, require_place


def create_database(path: Path) -> None:
    """Create a SQLite database beside its place and move it there: no incomplete file is ever seen."""
    for end in ("-new", "-new-wal", "-new-shm"):  # of an older version that was killed
        path.with_name(path.name + end).unlink(missing_ok=True)
    with atomic_write(path) as draft:
        engine = sqlite_engine(draft, "BEGIN IMMEDIATE", wal="FULL")
        _migrate_on(engine, str(path))
        engine.dispose()  # the last connection that closes empties the log


def migrate(database: Database) -> None:
    """Bring the schema to the newest revision, all or nothing."""
    if database.path:
        engine = sqlite_engine(database.path, "BEGIN IMMEDIATE", wal="FULL")
        _migrate_on(engine, database.name)
        engine.dispose()
    else:
        _migrate_on(database.writer, database.name)


def _migrate_on(engine: sa.Engine, name: str) -> None:
    """Migrate in one transaction. On SQLite without foreign keys: rewriting a table would empty its children.

    Raises StoreError.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with translate_errors(name), engine.connect() as connection:
        if is_sqlite:  # within a transaction the pragma would have no effect
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            users_views = [] if is_sqlite else _prepare(connection, name)
            with violations_translated(), obstacles_named(name, users_views):
                run_migrations(MIGRATIONS, connection=connection)
            apply_comments(connection)
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise DatabaseCorrupt("the upgrade would leave rows without their parents", hint=HINT_RECOVER)
        if is_sqlite:
            connection.invalidate()  # its pragmas are not those of the others


def run_migrations(folder: Path, **attributes: object) -> None:
    """Run the migrations of a folder up to the newest one. `attributes`: what its env.py reads.

    Alembic is imported here: it is a sixth of a daemon's memory, and of the time of a short command.
    """
    import alembic.command
    from alembic.config import Config

    made = Config(ROOT / "alembic.ini", attributes=attributes)
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    alembic.command.upgrade(made, "head")


def _prepare(connection: sa.Connection, name: str) -> list[ForeignView]:
    """Take the lock of upgrades and lift the timeouts, on PostgreSQL. Return the user's views upon ours."""
    disable_timeouts(connection)  # an index of a large table takes minutes
    # SQLite's BEGIN IMMEDIATE is such a lock.
    for key in (UPGRADE_KEY, RUNS_KEY):
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    require_place(connection, name, is_new=revision_in(connection, name) is None)
    return foreign_views(connection)


@contextmanager
def violations_translated() -> Iterator[None]:
    """Raise DatabaseCorrupt for a stored row that a new constraint refuses. No version wrote such a row."""
    try:
        yield
    except IntegrityError as error:
        reason = str(error.orig).splitlines()[0]
        hint = "Correct that row, or restore a backup, then try: syncer db upgrade"
        raise DatabaseCorrupt(f"a row breaks a rule: {reason}; nothing was changed", hint=hint) from error
