"""Reads that both the writers and the queries need."""

from dataclasses import fields
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.model.player import Target
from syncer.store.db.engine import Database
from syncer.store.db.tables import targets

Row: TypeAlias = dict[str, Any]

TARGET = tuple(f.name for f in fields(Target))  # the columns that make one


def read_targets(tx: sa.Connection, player_id: int, *, lock: bool = False) -> list[Target]:
    """All of a player, the removed ones too, in the order of games."""
    query = sa.select(*(targets.c[name] for name in TARGET)).where(targets.c.player_id == player_id)
    query = query.order_by(targets.c.game_id)
    return [Target(*row) for row in tx.execute(query.with_for_update() if lock else query).all()]


class Reader:
    """Read-only. Every method raises StoreError when the database cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _rows(self, query: sa.Select[*tuple[Any, ...]]) -> list[Row]:
        with self._database.reading() as tx:
            found = tx.execute(query)
            names = tuple(found.keys())
            return [dict(zip(names, row, strict=True)) for row in found.all()]

    def _count(self, query: sa.Select[Any]) -> int:
        with self._database.reading() as tx:
            return int(tx.scalar(query) or 0)
