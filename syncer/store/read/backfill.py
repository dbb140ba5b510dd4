"""Reads that decide what the backfill requests next."""

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.tables import NAMELESS, games, targets


def untitled_games(tx: sa.Connection, player_id: int) -> list[GameId]:
    """Return the followed games without a title whose title was not requested yet."""
    followed = sa.and_(targets.c.player_id == player_id, targets.c.removed_at.is_(None))
    query = sa.select(games.c.id).join(targets, targets.c.game_id == games.c.id)
    return list(tx.scalars(query.where(followed, NAMELESS).order_by(games.c.id)))
