"""A player leaves, with all that is stored about them."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from syncer.core.messages import Kind

from .engine import Database
from .streams import take_time
from .tables import history, messages, players, runs


def forget(database: Database, player_id: int) -> dict[str, int]:
    """Rows removed, by table, children first, in one transaction. Raises StoreError."""
    with database.writing() as tx:
        take_time(tx)
        if database.path:
            tx.exec_driver_sql("PRAGMA secure_delete = ON")  # no trace in pages that are free now
        with _found_by_run(tx):
            return {
                table.name: tx.execute(table.delete().where(_of(table, player_id))).rowcount
                for table in reversed(history.sorted_tables)
                if table is players or "player_id" in table.c
            }


def _of(table: sa.Table, player_id: int) -> sa.ColumnElement[bool]:
    """A row is a player's by itself, or by the run that wrote it (before the name was known whose it is)."""
    if table is players:
        return players.c.id == player_id
    mine = table.c.player_id == player_id
    if table is messages:  # of a first run that failed: it names somebody who was not known yet
        return sa.or_(mine, sa.and_(table.c.player_id.is_(None), table.c.kind == Kind.FAILING.value))
    if "run_id" not in table.c:
        return mine
    return sa.or_(mine, table.c.run_id.in_(sa.select(runs.c.id).where(runs.c.player_id == player_id)))


@contextmanager
def _found_by_run(tx: sa.Connection) -> Iterator[None]:
    """For each run that goes the database looks for rows that still name it: by an index, not row by row."""
    tables = [table.name for table in history.sorted_tables if "run_id" in table.c]
    for name in tables:
        tx.exec_driver_sql(f"CREATE INDEX {name}_forgetting ON {name} (run_id)")
    yield
    for name in tables:
        tx.exec_driver_sql(f"DROP INDEX {name}_forgetting")
