"""Write targets of games that were found by playing them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import AT, PLAYER
from syncer.store.db.tables import EVENTS, games, targets
from syncer.store.db.upsert import insert_or_ignore

PLAYED = "played"  # the source of a target
t = targets.c
# They stay when they leave the configuration; one that had left it is due at once.
FOLLOW_AGAIN = (
    targets.update()
    .where(t.player_id == PLAYER, any_of(t.game_id, "ids"))
    .where(sa.or_(t.source != PLAYED, t.removed_at.is_not(None)))
    .values(source=PLAYED, removed_at=None, due_at=sa.case((t.removed_at.is_(None), t.due_at), else_=AT))
)


def follow(tx: sa.Connection, player_id: int, ids: Sequence[GameId], at: datetime) -> None:
    """Make targets of the games; events and hubs are no games that are played."""
    target = {"player_id": player_id, "source": PLAYED, "added_at": at, "failures": 0}
    events = set(tx.scalars(EVENTS.where(games.c.id.in_(ids))))
    rows = [{**target, "game_id": game_id} for game_id in ids if game_id not in events]
    if rows:
        tx.execute(insert_or_ignore(tx, targets), rows)
        tx.execute(FOLLOW_AGAIN, {"player": player_id, "ids": [row["game_id"] for row in rows], "at": at})


def followed(tx: sa.Connection, player_id: int, among: Sequence[GameId] | None = None) -> list[GameId]:
    """Return the games that are followed, all or those `among` some."""
    query = sa.select(t.game_id).where(t.player_id == player_id, t.removed_at.is_(None))
    return list(tx.scalars(query if among is None else query.where(t.game_id.in_(among))))
