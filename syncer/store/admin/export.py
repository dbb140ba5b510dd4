"""Export every table and view, row by row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.streaming import Rows, batches, snapshot_transaction
from syncer.store.db.tables import history
from syncer.store.db.views import views

TABLES: dict[str, sa.Table] = {**history.tables, **views.tables}
# By which a table's rows are limited: the first of these columns that it has.
TIMES = (
    "unlocked_at",
    "first_seen_at",
    "valid_from",
    "started_at",
    "started_before",
    "last_played_at",
    "added_at",
    "created_at",
    "changed_at",
    "day",
)


def time_of(name: str) -> str | None:
    """Return the column that says when a row of this table was, None if there is none."""
    return next((time for time in TIMES if time in TABLES[name].c), None)


def columns_of(name: str) -> Sequence[str]:
    return [column.name for column in TABLES[name].columns]


@contextmanager
def exported(
    database: Database, name: str, since: datetime | None, until: datetime | None, *, counted: bool
) -> Iterator[tuple[int, Iterator[Rows]]]:
    """Yield the number of rows (0 unless `counted`: counting takes a while) and the rows, ordered by key."""
    table = TABLES[name]
    query = sa.select(*(table.c[column] for column in columns_of(name)))
    query = query.where(*_within(table, since, until)).order_by(*table.primary_key.columns)
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
