"""Lists of unlocks of the whole account, by the site's dates."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.store.db.account_tables import unlocks
from syncer.store.db.tables import games

from .base import Reader, Row
from .web import is_backdated

u, e, g = unlocks.c, unlocks.alias("other_mode").c, games.c
COLUMNS = (u.achievement_id, u.title, u.points, u.hardcore, u.unlocked_at, u.visible_after)
GAME = (u.game_id, g.title.label("game"), g.console_name, g.is_event)


class RecentUnlockQueries(Reader):
    """Unlocks that are not gone, with their games; times are UTC.

    An achievement that was unlocked in both modes at the same moment is one row, in hardcore. `is_upgrade`:
    it had been unlocked in softcore before. `is_event`: no sum counts it.
    """

    def newest(self, player_id: int, limit: int) -> list[Row]:
        """Return the newest unlocks, newest first."""
        return self._found(_listed(player_id).limit(limit))

    def between(self, player_id: int, since: datetime, until: datetime, limit: int) -> list[Row]:
        """Return unlocks from `since` to before `until`, newest first."""
        query = _listed(player_id).where(u.unlocked_at >= since, u.unlocked_at < until)
        return self._found(query.limit(limit))

    def _found(self, query: sa.Select[Any]) -> list[Row]:
        return [{**row, "is_backdated": is_backdated(row)} for row in self._rows(query)]


def _listed(player_id: int) -> sa.Select[Any]:
    other = (e.player_id == u.player_id, e.achievement_id == u.achievement_id, e.gone_at.is_(None))
    earlier = sa.exists().where(*other, ~e.hardcore, e.unlocked_at < u.unlocked_at)
    same_moment = sa.exists().where(*other, e.hardcore, e.unlocked_at == u.unlocked_at)
    query = sa.select(*COLUMNS, *GAME, sa.and_(u.hardcore, earlier).label("is_upgrade"))
    query = query.join_from(unlocks, games, g.id == u.game_id)
    query = query.where(u.player_id == player_id, u.gone_at.is_(None), sa.or_(u.hardcore, ~same_moment))
    return query.order_by(u.unlocked_at.desc(), u.achievement_id)
