"""Make and upgrade the tables of the job queue, in the schema that [cluster] queue_schema names."""

from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from syncer.core.errors import DatabaseIncompatible

from .engine import Database
from .lock_keys import QUEUE_UPGRADE_KEY
from .migrate import run_migrations
from .migration_files import MIGRATIONS, head, revisions

QUEUE_MIGRATIONS = MIGRATIONS / "queue"
# The newest of procrastinate's own migrations that ours know; a release with a newer one needs one of ours.
ENGINE_VERSION = "03.04.00_50_post_add_retry_failed_job_procedure"
EXISTS = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
TABLES = sa.text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema")
MAY_CREATE = sa.text("SELECT has_database_privilege(current_database(), 'CREATE')")
MAY_USE = sa.text("SELECT has_schema_privilege(:schema, 'CREATE')")
REVISION = "SELECT version_num FROM {}.alembic_version"


def upgrade_queue(database: Database) -> tuple[str | None, str]:
    """Bring the tables of the queue to the newest revision, all or nothing.

    Return the revisions before and after. Raises StoreError.
    """
    require_known_engine()
    schema = database.queue_schema
    with database.writing() as tx:
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": QUEUE_UPGRADE_KEY})
        before = _revision(tx, schema)
        _require_known(before)
        if before != head(QUEUE_MIGRATIONS):
            _create_schema(tx, schema)
            tx.execute(sa.text("SELECT set_config('search_path', :schema, true)"), {"schema": schema})
            tables = (engine_folder() / "schema.sql").read_text("utf-8")
            run_migrations(QUEUE_MIGRATIONS, connection=tx, schema=schema, engine_tables=tables)
    return before, head(QUEUE_MIGRATIONS)


def require_queue(database: Database) -> None:
    """Raise DatabaseIncompatible unless the queue has the tables that this version needs."""
    require_known_engine()
    with database.reading() as tx:
        found = _revision(tx, database.queue_schema)
    _require_known(found)
    if found != head(QUEUE_MIGRATIONS):
        why = f"the job queue is at revision {found or 'none'}, this version needs {head(QUEUE_MIGRATIONS)}"
        raise DatabaseIncompatible(why, hint="Try: syncer db upgrade")


def require_known_engine() -> None:
    """Raise DatabaseIncompatible for a procrastinate whose tables our migrations do not make."""
    folder = engine_folder()
    newest = max(file.stem for file in (folder / "migrations").glob("*.sql"))
    if newest != ENGINE_VERSION:
        age = "newer" if newest > ENGINE_VERSION else "older"
        raise DatabaseIncompatible(
            f"the installed procrastinate is {age} than this version of syncer knows; nothing was touched",
            hint="Try: pip install 'procrastinate>=3.10,<3.11'",
        )


def engine_folder() -> Path:
    """Return where procrastinate has its SQL, without importing it. Raises DatabaseIncompatible."""
    spec = find_spec("procrastinate")
    if spec is None or spec.origin is None:
        hint = "Try: pip install '.[cluster]' (in the folder that holds README.md)"
        raise DatabaseIncompatible("[cluster] needs procrastinate, which is not installed", hint=hint)
    return Path(spec.origin).parent / "sql"


def _revision(tx: sa.Connection, schema: str) -> str | None:
    tables = set(tx.scalars(TABLES, {"schema": schema}))
    if "alembic_version" in tables and "player_schedule" in tables:
        return str(tx.exec_driver_sql(REVISION.format(schema)).scalar())
    if tables:
        raise DatabaseIncompatible(
            f"the schema {schema} holds tables of another program; nothing was touched",
            hint="Name another schema in [cluster] queue_schema.",
        )
    return None


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in revisions(QUEUE_MIGRATIONS):
        why = f"the job queue is at revision {revision}, this version knows up to {head(QUEUE_MIGRATIONS)}"
        raise DatabaseIncompatible(f"{why}; nothing was touched", hint="Install the version that made it.")


def _create_schema(tx: sa.Connection, schema: str) -> None:
    """Create the schema, or say what an administrator has to type. The name needs no quotes."""
    role = tx.exec_driver_sql("SELECT current_user").scalar()
    exists = tx.execute(EXISTS, {"schema": schema}).first() is not None
    if exists and not tx.scalar(MAY_USE, {"schema": schema}):
        _refuse(f'GRANT ALL ON SCHEMA {schema} TO "{role}";', f"may not use the schema {schema}", role)
    if not exists and not tx.scalar(MAY_CREATE):
        statement = f'CREATE SCHEMA {schema} AUTHORIZATION "{role}";'
        _refuse(statement, f"may not create the schema {schema} for the job queue", role)
    if not exists:
        tx.exec_driver_sql(f"CREATE SCHEMA {schema}")


def _refuse(statement: str, reason: str, role: object) -> None:
    hint = f"Let an administrator type in this database: {statement}"
    raise DatabaseIncompatible(f"the database role {role} {reason}; nothing was changed", hint=hint)
