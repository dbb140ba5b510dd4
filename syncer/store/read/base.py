"""What the query classes share, and the reads that a writer repeats inside its own transaction."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.store.db.any_of import any_of
from syncer.store.db.engine import Database
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import EVENTS, IS_NEWEST, snapshots, targets

Row: TypeAlias = dict[str, Any]

NOT_IN_TABLE = ("last_seen_at", "is_event")
TARGET = tuple(name for name in Target._fields if name not in NOT_IN_TABLE)  # the columns that make one
TARGETS: sa.Select[*tuple[Any, ...]] = (
    sa.select(*(targets.c[name] for name in TARGET), snapshots.c.last_seen_at, targets.c.game_id.in_(EVENTS))
    .select_from(targets)
    .outerjoin(snapshots, IS_NEWEST)
    .where(targets.c.player_id == PLAYER)
    .order_by(targets.c.game_id)
)
LOCKED_TARGETS, SOME_TARGETS = (
    TARGETS.with_for_update(of=targets),
    TARGETS.where(any_of(targets.c.game_id, "ids")),
)


def read_targets(tx: sa.Connection, player_id: int, *, lock: bool = False) -> list[Target]:
    """Return all targets of a player, the removed ones too, in the order of games."""
    # SQLAlchemy leaves FOR UPDATE out on SQLite, where BEGIN IMMEDIATE has locked the whole file already.
    found = tx.execute(LOCKED_TARGETS if lock else TARGETS, {"player": player_id})
    return list(map(Target._make, found))


def read_some_targets(tx: sa.Connection, player_id: int, ids: Sequence[GameId]) -> list[Target]:
    """Return those of the targets that exist, in the order of games."""
    found = tx.execute(SOME_TARGETS, {"player": player_id, "ids": ids})
    return list(map(Target._make, found))


class Reader:
    """Read-only queries on one database. Every method raises StoreError when it cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _rows(self, query: sa.Select[*tuple[Any, ...]]) -> list[Row]:
        with self._database.reading() as tx:
            found = tx.execute(query)
            # Read once for all rows: Row._mapping for each of them was slower (./run bench history).
            names = tuple(found.keys())
            return [dict(zip(names, row, strict=True)) for row in found.all()]

    def _first(self, query: sa.Select[*tuple[Any, ...]]) -> Row | None:
        return next(iter(self._rows(query)), None)

    def _scalar(self, query: sa.Select[Any]) -> Any:
        with self._database.reading() as tx:
            return tx.scalar(query)

    def _count(self, query: sa.Select[Any]) -> int:
        return int(self._scalar(query) or 0)
