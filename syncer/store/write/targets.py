"""Write targets of games that were found by playing them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.tables import EVENTS, games, targets
from syncer.store.db.upsert import insert_or_ignore


def follow(tx: sa.Connection, player_id: int, ids: Sequence[GameId], at: datetime) -> None:
    """Make targets of the games; events and hubs are no games that are played."""
    target = {"player_id": player_id, "source": "played", "added_at": at, "failures": 0}
    events = set(tx.scalars(EVENTS.where(games.c.id.in_(ids))))
    rows = [{**target, "game_id": game_id} for game_id in ids if game_id not in events]
    if rows:
        tx.execute(insert_or_ignore(tx, targets), rows)


def followed(tx: sa.Connection, player_id: int, among: Sequence[GameId] | None = None) -> list[GameId]:
    """Return the games that are followed, all or those `among` some."""
    t = targets.c
    query = sa.select(t.game_id).where(t.player_id == player_id, t.removed_at.is_(None))
    return list(tx.scalars(query if among is None else query.where(t.game_id.in_(among))))
