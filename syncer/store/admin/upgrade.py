"""Upgrade the schema of a database, after a backup where it is a file."""

from datetime import datetime

from syncer.store.db.comments import apply_comments
from syncer.store.db.engine import Database, translate_errors
from syncer.store.db.migrate import create_database, migrate
from syncer.store.db.revision import current, head

from .backup import backup


def upgrade(database: Database, now: datetime) -> tuple[str | None, str]:
    """Bring the schema to the newest revision, all or nothing. Return the revisions before and after.

    On SQLite a copy is kept first. Raises StoreError.
    """
    before = current(database)
    if before != head():
        database.make_folder()
        if database.path and before:
            copy = database.path.with_name(f"{database.path.name}.{before}-{now:%Y%m%dT%H%M%S}")
            backup(database, copy, lambda done, total: None)
        with translate_errors(database.name):
            if database.path and not database.path.exists():
                create_database(database.path)
            else:
                migrate(database)
    elif database.path is None:
        with database.writing() as tx:
            apply_comments(tx)
    database.pin_identity()
    return before, head()
