"""Delete a player with everything stored about them, and the games that only they had."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from syncer.core.notifications.model import MessageKind
from syncer.store.db.engine import Database
from syncer.store.db.streaming import disable_timeouts
from syncer.store.db.tables import game_titles, games, history, messages, players, runs

REFERENCES = [(t, name) for t in history.sorted_tables for name in ("run_id", "game_id") if name in t.c]


def delete_player(database: Database, player_id: int) -> dict[str, int]:
    """Delete in one transaction. Return the number of rows by table. Raises StoreError."""
    with database.writing() as tx:
        disable_timeouts(tx)
        if database.path:
            tx.exec_driver_sql("PRAGMA secure_delete = ON")  # leaves no trace in free pages
        with _indexed(tx):
            return {
                table.name: tx.execute(table.delete().where(rows)).rowcount
                for table, rows in _deletions(player_id)
            }


def _deletions(player_id: int) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Yield each table with the condition of its rows, children first, games last."""
    for table in reversed(history.sorted_tables):
        if table is players or "player_id" in table.c:
            yield table, _belongs_to(table, player_id)
    yield game_titles, _orphaned_games(game_titles.c.game_id)
    yield games, _orphaned_games(games.c.id)


def _belongs_to(table: sa.Table, player_id: int) -> sa.ColumnElement[bool]:
    """Return the condition of a player's rows: by the player, or by the run that wrote them."""
    if table is players:
        return players.c.id == player_id
    own = table.c.player_id == player_id
    if table is messages:  # a first run that failed wrote one before the player was resolved
        return sa.or_(own, sa.and_(table.c.player_id.is_(None), table.c.kind == MessageKind.FAILING.value))
    if "run_id" not in table.c:
        return own
    return sa.or_(own, table.c.run_id.in_(sa.select(runs.c.id).where(runs.c.player_id == player_id)))


def _orphaned_games(game: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition of games to which the remaining rows do not refer."""
    tables = [table for table, name in REFERENCES if name == "game_id" and table is not game_titles]
    return ~sa.or_(*(sa.exists().where(table.c.game_id == game) for table in tables))


@contextmanager
def _indexed(tx: sa.Connection) -> Iterator[None]:
    """Provide indexes for the checks of foreign keys, which would read whole tables for each deleted row."""
    made = [(f"{table.name}_by_{column}_forgetting", table.name, column) for table, column in REFERENCES]
    for index, table, column in made:
        tx.exec_driver_sql(f"CREATE INDEX {index} ON {table} ({column})")
    yield
    for index, _, _ in made:
        tx.exec_driver_sql(f"DROP INDEX {index}")
