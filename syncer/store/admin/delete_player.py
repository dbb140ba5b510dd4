"""A player leaves, with all that is stored about them, and the games that only they had."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from syncer.core.notifications.model import MessageKind
from syncer.store.db.engine import Database
from syncer.store.db.streaming import disable_timeouts
from syncer.store.db.tables import game_titles, games, history, messages, players, runs

NAMING = [(t, name) for t in history.sorted_tables for name in ("run_id", "game_id") if name in t.c]


def delete_player(database: Database, player_id: int) -> dict[str, int]:
    """Rows removed, by table, children first, in one transaction. Raises StoreError."""
    with database.writing() as tx:
        disable_timeouts(tx)
        if database.path:
            tx.exec_driver_sql("PRAGMA secure_delete = ON")  # no trace in pages that are free now
        with _indexed(tx):
            return {
                table.name: tx.execute(table.delete().where(rows)).rowcount
                for table, rows in _gone(player_id)
            }


def _gone(player_id: int) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """From where which rows go, children first; games when nothing names them any more."""
    for table in reversed(history.sorted_tables):
        if table is players or "player_id" in table.c:
            yield table, _of(table, player_id)
    yield game_titles, _orphaned_games(game_titles.c.game_id)
    yield games, _orphaned_games(games.c.id)


def _of(table: sa.Table, player_id: int) -> sa.ColumnElement[bool]:
    """A row is a player's by itself, or by the run that wrote it (before the name was known whose it is)."""
    if table is players:
        return players.c.id == player_id
    mine = table.c.player_id == player_id
    if table is messages:  # of a first run that failed: it names somebody who was not known yet
        return sa.or_(mine, sa.and_(table.c.player_id.is_(None), table.c.kind == MessageKind.FAILING.value))
    if "run_id" not in table.c:
        return mine
    return sa.or_(mine, table.c.run_id.in_(sa.select(runs.c.id).where(runs.c.player_id == player_id)))


def _orphaned_games(game: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whoever is left neither follows it nor has anything stored of it."""
    having = [table for table, name in NAMING if name == "game_id" and table is not game_titles]
    return ~sa.or_(*(sa.exists().where(table.c.game_id == game) for table in having))


@contextmanager
def _indexed(tx: sa.Connection) -> Iterator[None]:
    """For each run and game that goes the database looks for rows that still name it: not row by row."""
    made = [(f"{table.name}_by_{column}_forgetting", table.name, column) for table, column in NAMING]
    for index, table, column in made:
        tx.exec_driver_sql(f"CREATE INDEX {index} ON {table} ({column})")
    yield
    for index, _, _ in made:
        tx.exec_driver_sql(f"DROP INDEX {index}")
