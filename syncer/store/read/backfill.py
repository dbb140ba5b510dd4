"""Reads that decide what the backfill requests next."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import GameTitle
from syncer.core.model.progress import EPOCH
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import NAMELESS, game_titles, games, targets


def outdated_titles(tx: sa.Connection, player_id: int, read_before: datetime) -> list[GameTitle]:
    """Return the followed games whose title was not read since then, those never requested first.

    What was requested without a result counts as read then.
    """
    values = {"player": player_id, "read_before": read_before}
    found = [GameTitle(*row) for row in tx.execute(_outdated_titles_query(), values)]
    return sorted(found, key=lambda title: (title.read_at or EPOCH, title.game_id))


@cache
def _outdated_titles_query() -> sa.Select[Any]:
    g, t = games.c, game_titles.c
    seen = sa.select(sa.func.max(t.last_seen_at)).where(t.game_id == g.id).scalar_subquery()
    # The newer of two moments of which either may be missing; max() of two values is greatest() elsewhere.
    read_at = sa.case((sa.or_(seen.is_(None), g.updated_at > seen), g.updated_at), else_=seen)
    is_old = read_at < sa.bindparam("read_before")
    followed = sa.and_(targets.c.player_id == PLAYER, targets.c.removed_at.is_(None))
    query = sa.select(g.id, g.console_id, read_at.label("read_at")).where(followed)
    return query.join(targets, targets.c.game_id == g.id).where(sa.or_(NAMELESS, is_old))
