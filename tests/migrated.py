"""Databases that have the newest schema already: a migration takes longer than most tests."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database

from .postgres import Server

ANY_MOMENT = datetime(2026, 5, 1, tzinfo=UTC)  # names only backups, and a new database has none


def prepare(database: Database, now: datetime) -> None:
    """Bring the schema to the newest revision: a new file becomes a copy of one that has it."""
    if database.path and not database.path.exists():
        database.make_folder()
        database.path.touch(0o600)
        database.path.write_bytes(migrated_file())
    upgrade_schema(database, now)


@cache
def migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "syncer.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def migrate(url: str) -> None:
    database = Database(url)
    upgrade_schema(database, ANY_MOMENT)
    database.close()


# What changes with the schema: the youngest row of each catalogue and their number. TRUNCATE writes pg_class.
CATALOGUES = (
    *("pg_attribute", "pg_attrdef", "pg_constraint", "pg_description", "pg_index", "pg_namespace"),
    *("pg_policy", "pg_proc", "pg_rewrite", "pg_statistic", "pg_trigger", "pg_type"),
)
SCHEMA = " UNION ALL ".join(
    [
        *(f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}" for name in CATALOGUES),  # noqa: S608
        "SELECT 'pg_class', count(*), sum(length(relacl::text)) FROM pg_class",
        "SELECT 'alembic_version', count(*), max(version_num::int) FROM alembic_version",
    ]
)
WRITTEN = """
    SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
      AND pg_relation_size(oid) > 0
"""


class MigratedDatabases:
    """Databases of a server that are migrated once, and emptied after each test that used one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free: list[str] = []
        self._schemas: dict[str, list[tuple[object, ...]]] = {}

    def lease(self) -> str:
        """Return the URL of a migrated database without rows."""
        return self._free.pop() if self._free else self._create()

    def _create(self) -> str:
        url = self._server.create_database()
        migrate(url)
        with psycopg.connect(url) as connection:
            self._schemas[url] = connection.execute(SCHEMA).fetchall()
        return url

    def give_back(self, url: str) -> None:
        """Empty a database for its next use; one that was dropped or has another schema is forgotten."""
        try:
            self._server.terminate_connections(url)
            with psycopg.connect(url) as connection:
                if connection.execute(SCHEMA).fetchall() != self._schemas[url]:
                    return
                (written,) = connection.execute(WRITTEN).fetchone() or (None,)
                if written:
                    connection.execute(f"TRUNCATE {written} RESTART IDENTITY CASCADE".encode())
        except psycopg.Error:
            return
        self._free.append(url)
