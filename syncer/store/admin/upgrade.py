"""Upgrade the schema, and refuse to run on the wrong one."""

import os
from datetime import datetime
from pathlib import Path
from shlex import quote

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible
from syncer.store.db.engine import HINT_RECOVER, Database, sqlite_engine, translate_errors
from syncer.store.db.tables import history
from syncer.store.db.views import views

PACKAGE = Path(__file__).parents[2]
ROOT = PACKAGE / "_data" if (PACKAGE / "_data" / "alembic.ini").exists() else PACKAGE.parent
LOCK = 7_261_001  # of pg_advisory_xact_lock: one upgrade at a time


def known() -> list[str]:
    """Our revisions, oldest first. A migration's number is its revision, so nobody needs Alembic to ask."""
    return sorted(file.name.partition("_")[0] for file in (ROOT / "migrations/versions").glob("[0-9]*_*.py"))


def head() -> str:
    return known()[-1]


def current(database: Database) -> str | None:
    """Return the revision of the database, None for a new one.

    Raises DatabaseCorrupt, DatabaseIncompatible, StoreError.
    """
    revision = stored(database)
    require_known(revision)
    return revision


def require_known(revision: str | None) -> None:
    if revision is not None and revision not in known():
        raise DatabaseIncompatible(
            f"the database is at revision {revision}, this version knows up to {head()}; nothing was touched",
            hint="Install the newer version that wrote it.",
        )


def stored(database: Database) -> str | None:
    """What stands in the database as its revision, whether we know it or not. Raises as `current` does."""
    if not has_file(database):
        return None
    with database.reading() as tx:
        return revision_in(tx, database.name)


def revision_in(tx: sa.Connection, name: str) -> str | None:
    """As `stored`, of one that is open."""
    tables = sa.inspect(tx).get_table_names()
    revision: str | None = None
    if "alembic_version" in tables:
        revision = tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if revision is None and tables:
        hint = "Name another database in [database] url."
        raise DatabaseIncompatible(f"{name} holds tables of another program", hint=hint)
    return revision


def has_file(database: Database) -> bool:
    """An empty file is no new database: something has eaten the old one."""
    if database.path is None:
        return True
    if not os.path.exists(database.path):  # Path.exists raises where the way to it is forbidden
        return False
    if database.path.stat().st_size == 0:
        hint = f"Restore a backup; or, if it never held anything: rm {quote(str(database.path))}"
        raise DatabaseCorrupt(f"{database.path} is empty: no history was started over it", hint=hint)
    return True


def require_current(database: Database) -> None:
    """Raises DatabaseIncompatible unless the schema is exactly ours; says both numbers."""
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


def upgrade(database: Database, now: datetime) -> tuple[str | None, str]:
    """Bring the schema to ours, all or nothing; on SQLite a copy is kept first: (before, after)."""
    before = current(database)
    if before != head():
        database.make_folder()
        if database.path and before:
            name = f"{database.path.name}.{before}-{now:%Y%m%dT%H%M%S}"
            _backup(database, database.path.with_name(name))
        with translate_errors(database.name):
            if database.path and not database.path.exists():
                make_new(database.path)
            else:
                _migrate(database)
    database.pin_identity()
    return before, head()


def make_new(path: Path) -> None:
    """Made beside its place and moved there whole: a process that dies meanwhile leaves no half-born file."""
    draft = path.with_name(path.name + "-new")
    for end in ("", "-wal", "-shm"):
        draft.with_name(draft.name + end).unlink(missing_ok=True)
    engine = sqlite_engine(draft, "BEGIN IMMEDIATE", wal=True)
    _migrate_on(engine, is_sqlite=True)
    engine.dispose()  # the last connection that closes empties the log
    draft.replace(path)


def _migrate(database: Database) -> None:
    if database.path:
        engine = sqlite_engine(database.path, "BEGIN IMMEDIATE", wal=True)
        _migrate_on(engine, is_sqlite=True)
        engine.dispose()
    else:
        _migrate_on(database.writer, is_sqlite=False)


def _migrate_on(engine: sa.Engine, is_sqlite: bool) -> None:
    """In one transaction. On SQLite with foreign keys off: rewriting a table would empty its children.

    Alembic is imported here: it is a sixth of a daemon's memory, and of a short command's time.
    """
    import alembic.command
    from alembic.config import Config

    with engine.connect() as connection:
        if is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            if not is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            made = Config(ROOT / "alembic.ini")
            made.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
            made.attributes["connection"] = connection
            alembic.command.upgrade(made, "head")
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise DatabaseCorrupt("the upgrade would leave rows without their parents", hint=HINT_RECOVER)
        if is_sqlite:
            connection.invalidate()  # its pragmas are not those of the others


def _backup(database: Database, file: Path) -> None:
    from .backup import backup  # which knows this module

    backup(database, file, lambda done, total: None)


def check(database: Database) -> list[str]:
    """What is wrong with the stored data; empty: nothing. Raises DatabaseCorrupt when it cannot be read."""
    return damage(database) or broken_rules(database)


def damage(database: Database) -> list[str]:
    """What is lost or unreadable. Raises DatabaseCorrupt when not even that can be told."""
    with database.reading() as tx:
        pages = tx.exec_driver_sql("PRAGMA integrity_check").scalars() if database.path else ()
        lines = [line for page in pages for line in page.splitlines() if not line.startswith("***")]
        look = sa.inspect(tx)
        found = {*look.get_table_names(), *look.get_view_names()}
    missing = [f"{name} is missing" for name in (*history.tables, *views.tables) if name not in found]
    return [line for line in lines if line != "ok"] + missing


def broken_rules(database: Database) -> list[str]:
    """Rows that a history cannot hold; for one without damage."""
    with database.reading() as tx:
        orphans = tx.exec_driver_sql("PRAGMA foreign_key_check").all() if database.path else ()
        problems = [f"row without parent in {row[0]}" for row in orphans]
        for what, query in INVARIANTS.items():
            count = tx.execute(sa.text(query)).scalar_one()
            if count:
                problems.append(f"{count} {what}")
    return problems


# Each in one pass: a stretch against the one before it, not against all of them.
INVARIANTS = {
    "overlapping stretches": """
        SELECT count(*) FROM (
            SELECT first_seen_at, lag(last_seen_at) OVER target AS previous FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE previous >= first_seen_at""",
    "stretches out of order": """
        SELECT count(*) FROM (
            SELECT first_seen_at, lag(first_seen_at) OVER target AS previous FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE previous >= first_seen_at""",
    "targets whose newest stretch is not the open one": """
        SELECT count(*) FROM (SELECT max(id) AS newest FROM snapshots GROUP BY player_id, game_id) n
        JOIN snapshots s ON s.id = n.newest WHERE NOT s.is_open""",
    "stretches of nobody's target": """
        SELECT count(*) FROM snapshots s
        LEFT JOIN targets t ON t.player_id = s.player_id AND t.game_id = s.game_id
        WHERE t.game_id IS NULL""",
}
