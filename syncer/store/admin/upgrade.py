"""Upgrade the schema of a database, after a backup where it is a file."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from syncer.core.errors import DiskFull
from syncer.store.db.comments import apply_comments
from syncer.store.db.driver_errors import translate_errors
from syncer.store.db.engine import Database
from syncer.store.db.migrate import create_database, migrate
from syncer.store.db.revision import current, head, revisions

from .backup import backup

MB = 1_000_000
# How many times its size a file grows for a while, by migration: the log of the transaction, and new tables
# beside the old ones. Measured with a million snapshots: 2.9.
GROWTH = {"0006": 3, "0007": 3}


def upgrade_schema(database: Database, now: datetime) -> tuple[str | None, str]:
    """Bring the schema to the newest revision, all or nothing. Return the revisions before and after.

    On SQLite a copy is kept first. Raises StoreError.
    """
    before = current(database)
    if before != head():
        database.make_folder()
        with translate_errors(database.name), kept_copy(database, before, now):
            if database.path and not database.path.exists():
                create_database(database.path)
            else:
                migrate(database)
    elif database.path is None:
        with database.writing() as tx:
            apply_comments(tx)
    database.pin_identity()
    return before, head()


@contextmanager
def kept_copy(database: Database, revision: str | None, now: datetime) -> Iterator[None]:
    """Back up a SQLite file before the block. A failed upgrade changes nothing and leaves no copy."""
    if not (database.path and revision):
        yield
        return
    require_space(database.path, revision)
    copy = database.path.with_name(f"{database.path.name}.{revision}-{now:%Y%m%dT%H%M%S}")
    backup(database, copy, lambda done, total: None)
    try:
        yield
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def require_space(path: Path, revision: str) -> None:
    """Raise DiskFull unless the disk has room for the backup and for the migrations from `revision` on."""
    log = path.with_name(path.name + "-wal")
    size = sum(os.path.getsize(file) for file in (path, log) if file.exists())
    # Of several migrations the largest counts: each creates other tables again.
    factor = 1 + max(
        (times for name, times in GROWTH.items() if revision < name <= revisions()[-1]), default=0
    )
    free = shutil.disk_usage(path.parent).free
    if free < factor * size:
        needed, left = f"{factor * size / MB:.1f} MB", f"{free / MB:.1f} MB"
        why = f"the upgrade of {path} needs {needed} of disk for a while, {left} are free; nothing changed"
        raise DiskFull(why, hint="Make room, then try: syncer db upgrade")
