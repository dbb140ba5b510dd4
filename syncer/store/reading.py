"""Reading that the recorder does inside its transactions, and the queries outside of them."""

from dataclasses import fields

import sqlalchemy as sa

from syncer.core.model import Target

from .tables import targets

TARGET = tuple(f.name for f in fields(Target))  # the columns that make one


def read_targets(tx: sa.Connection, player_id: int, *, lock: bool = False) -> list[Target]:
    """All of a player, the removed ones too, in the order of games."""
    query = sa.select(*(targets.c[name] for name in TARGET)).where(targets.c.player_id == player_id)
    query = query.order_by(targets.c.game_id)
    return [Target(*row) for row in tx.execute(query.with_for_update() if lock else query)]
