"""Lists of unlocks of the whole account, by the site's dates."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.store.db.account_tables import unlocks
from syncer.store.db.tables import games, was_followed

from .base import Reader, Row
from .modes import is_listed, is_upgrade
from .web import is_backdated

u, g = unlocks.c, games.c
COLUMNS = (
    *("achievement_id", "title", "points", "hardcore", "unlocked_at", "visible_after", "game_id"),
    "first_seen_at",
)


class RecentUnlockQueries(Reader):
    """Unlocks that are not gone, with their games; times are UTC.

    An achievement that was unlocked in both modes at the same moment is one row, in hardcore. `is_upgrade`:
    it had been unlocked in softcore before. `is_event`: no sum counts it. `has_page`: its game is or
    was followed.
    """

    def newest(self, player_id: int, limit: int) -> list[Row]:
        """Return the newest unlocks, newest first."""
        return self._found(player_id, limit)

    def between(self, player_id: int, since: datetime, until: datetime, limit: int) -> list[Row]:
        """Return unlocks from `since` to before `until`, newest first."""
        return self._found(player_id, limit, u.unlocked_at >= since, u.unlocked_at < until)

    def last_before(self, player_id: int, moment: datetime) -> datetime | None:
        """Return when the last unlock before a moment was."""
        last = sa.select(sa.func.max(u.unlocked_at)).where(u.player_id == player_id, u.gone_at.is_(None))
        with self._database.reading() as tx:
            found: datetime | None = tx.scalar(last.where(u.unlocked_at < moment))
            return found

    def _found(self, player_id: int, limit: int, *conditions: sa.ColumnElement[bool]) -> list[Row]:
        mine = (u.player_id == player_id, u.gone_at.is_(None), *conditions)
        newest = sa.select(*(u[name] for name in COLUMNS), u.player_id).where(*mine)
        # Limited before the other mode is searched: PostgreSQL would search it for all. At most half of
        # them are one with a neighbour.
        newest = newest.order_by(u.unlocked_at.desc(), u.achievement_id).limit(2 * limit)
        rows = self._rows(_listed(newest.subquery().c).limit(limit))
        return [{**row, "is_backdated": is_backdated(row)} for row in rows]


def _listed(n: Any) -> sa.Select[Any]:
    query = sa.select(*(n[name] for name in COLUMNS), g.title.label("game"), g.console_name, g.is_event)
    query = query.add_columns(is_upgrade(n).label("is_upgrade"))
    query = query.add_columns(was_followed(n.player_id, n.game_id).label("has_page"))
    query = query.join(games, g.id == n.game_id).where(is_listed(n))
    return query.order_by(n.unlocked_at.desc(), n.achievement_id)
