"""Export every table and view, row by row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.moment import Moment
from syncer.store.db.streaming import Rows, batches, snapshot_transaction
from syncer.store.db.tables import history
from syncer.store.db.text import Text
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


def columns_of(name: str) -> Mapping[str, type]:
    """Return the columns of a table in their order, each with the type of its values in Python."""
    return {column.name: _python_type(column.type) for column in TABLES[name].columns}


def _python_type(kind: sa.types.TypeEngine[object]) -> type:
    # The types of our own do not say it themselves.
    return datetime if isinstance(kind, Moment) else str if isinstance(kind, Text) else kind.python_type


class Export:
    """Tables and views as of one moment. `since`, `until`: by the table's time, if it has one."""

    def __init__(self, tx: sa.Connection, database_name: str) -> None:
        self._tx, self._name = tx, database_name

    def count(self, name: str, since: datetime | None = None, until: datetime | None = None) -> int:
        """Return the number of rows. It takes a while: all of them are read."""
        rows = _query(name, since, until).order_by(None).subquery()
        return int(self._tx.scalar(sa.select(sa.func.count()).select_from(rows)) or 0)

    def rows(self, name: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Rows]:
        """Yield the rows in batches, ordered by key."""
        return batches(self._tx, _query(name, since, until), self._name)


@contextmanager
def exporting(database: Database) -> Iterator[Export]:
    """Yield the tables and views of one state of the database."""
    with snapshot_transaction(database) as tx:
        yield Export(tx, database.name)


def _query(name: str, since: datetime | None, until: datetime | None) -> sa.Select[tuple[object, ...]]:
    table = TABLES[name]
    query = sa.select(*(table.c[column] for column in columns_of(name)))
    return query.where(*_within(table, since, until)).order_by(*table.primary_key.columns)


def _within(table: sa.Table, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    time = time_of(table.name)
    if time is None:
        return []
    column = table.c[time]
    start, end = (m.date() if m and isinstance(column.type, sa.Date) else m for m in (since, until))
    found = [column >= start] if start else []
    return [*found, column <= end] if end else found
