"""Copy one database into another, row by row: SQLite to PostgreSQL and back."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.core.errors import DatabaseIncompatible
from syncer.store.db.atomic_file import atomic_write
from syncer.store.db.engine import Database
from syncer.store.db.migrate import create_database, migrate
from syncer.store.db.revision import current, head, require_current
from syncer.store.db.streaming import (
    ChecksumBuilder,
    ProgressCallback,
    TableChecksum,
    batches,
    checksum_of,
    disable_timeouts,
    require_equal,
    snapshot_transaction,
)
from syncer.store.db.tables import history
from syncer.store.db.text import Text

TABLES = history.sorted_tables  # parents first
DIFFERS = "Nothing was written, and the source is untouched. Check it: syncer db check"


def copy(source: Database, target: Database, report: ProgressCallback) -> dict[str, TableChecksum]:
    """Copy everything, or nothing after a failure. Return the checksums by table. Raises StoreError.

    The target is empty and of the current revision. A new one gets its schema.
    """
    require_current(source)
    require_empty(target)
    if target.path and not target.path.exists():
        with atomic_write(target.path) as draft:
            return copy_into_new(source, draft, report)
    migrate(target)  # does nothing where all is current; an empty database needs no backup
    target.pin_identity()
    return copy_rows(source, target, report)


def copy_into_new(source: Database, file: Path, report: ProgressCallback) -> dict[str, TableChecksum]:
    """Copy everything into a new SQLite file."""
    require_current(source)
    create_database(file)
    made = Database(f"sqlite:///{file}")
    try:
        return copy_rows(source, made, report)
    finally:
        made.close()  # which moves the write-ahead log into the file


def copy_rows(source: Database, target: Database, report: ProgressCallback) -> dict[str, TableChecksum]:
    """Read, write, read back and compare in one transaction of each database, then commit."""
    with snapshot_transaction(source) as old, target.writing() as new:
        disable_timeouts(new)
        _require_no_rows(new, target.name)
        progress = CopyProgress(report, sum(_count(old, table) for table in TABLES))
        # The source is summed up while it is read, the target from what it really stored.
        wanted = {table.name: _copy_table(old, new, table, source.name, progress) for table in TABLES}
        found = {table.name: checksum_of(batches(new, in_order(table), target.name)) for table in TABLES}
        require_equal(wanted, found, DIFFERS)
    return found


class CopyProgress:
    """The progress of a copy, over all tables."""

    def __init__(self, report: ProgressCallback, total: int) -> None:
        self._report, self._total, self._done = report, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._report(self._done, self._total)


def _copy_table(
    old: sa.Connection, new: sa.Connection, table: sa.Table, name: str, progress: CopyProgress
) -> TableChecksum:
    builder, names = ChecksumBuilder(), table.columns.keys()
    for rows in batches(old, in_order(table), name):
        builder.add(rows)
        new.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
        progress.add(len(rows))
    _reset_sequence(new, table)
    return builder.checksum


def in_order(table: sa.Table) -> sa.Select[Any]:
    """Return the query of all rows as they are stored: texts are not sanitised."""
    stored = (
        sa.type_coerce(column, column.type.impl_instance).label(column.name)
        if isinstance(column.type, Text)
        else column
        for column in table.columns
    )
    return sa.select(*stored).order_by(*table.primary_key.columns)


def _reset_sequence(tx: sa.Connection, table: sa.Table) -> None:
    """Move PostgreSQL's sequence past the copied ids, and collect statistics for its planner."""
    if tx.dialect.name != "postgresql":
        return
    if (key := table.autoincrement_column) is not None:
        newest = sa.select(sa.func.max(key)).scalar_subquery()
        tx.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, key.name), newest)))
    tx.exec_driver_sql(f"ANALYZE {table.name}")


def require_empty(target: Database) -> None:
    """Raise DatabaseIncompatible if the target has another revision or any row."""
    revision = current(target)
    if revision is None:
        return
    if revision != head():
        why = f"{target.name} is at revision {revision}, this version needs {head()}"
        raise DatabaseIncompatible(why, hint="Nothing was changed. Name an empty database.")
    with target.reading() as tx:
        _require_no_rows(tx, target.name)


def _require_no_rows(tx: sa.Connection, name: str) -> None:
    held = [table.name for table in TABLES if tx.execute(sa.select(table).limit(1)).first()]
    if held:
        hint = "Nothing was changed: a history is copied into an empty database only. Name another one."
        raise DatabaseIncompatible(f"{name} is not empty: there are rows in {', '.join(held)}", hint=hint)


def _count(tx: sa.Connection, table: sa.Table) -> int:
    return int(tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
