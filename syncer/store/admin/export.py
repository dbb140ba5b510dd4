"""Every table and view, row by row, for taking away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.streaming import Rows, batches, snapshot_transaction
from syncer.store.db.tables import history
from syncer.store.db.views import views

TABLES: dict[str, sa.Table] = {**history.tables, **views.tables}
TIMES = (
    "unlocked_at",
    "first_seen_at",
    "started_at",
    "added_at",
    "created_at",
    "day",
)  # a table's own: the first it has


def time_of(name: str) -> str | None:
    """The column that tells when a row of this table was; null: none does."""
    return next((time for time in TIMES if time in TABLES[name].c), None)


def columns_of(name: str) -> Sequence[str]:
    return TABLES[name].columns.keys()


@contextmanager
def exported(
    database: Database, name: str, since: datetime | None, until: datetime | None, *, counted: bool
) -> Iterator[tuple[int, Iterator[Rows]]]:
    """How many rows (0 unless `counted`: that takes a while), and the rows, in the order of the key."""
    table = TABLES[name]
    query = sa.select(table).where(*_within(table, since, until)).order_by(*table.primary_key.columns)
    with snapshot_transaction(database) as tx:
        count = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
        yield int(tx.scalar(count) or 0) if counted else 0, batches(tx, query, database.name)


def _within(table: sa.Table, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    time = time_of(table.name)
    if time is None:
        return []
    column = table.c[time]
    start, end = (m.date() if m and isinstance(column.type, sa.Date) else m for m in (since, until))
    found = [column >= start] if start else []
    return [*found, column <= end] if end else found
