"""The unlocks of players, one by one, with their games."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import unlocks
from syncer.store.db.streaming import RepeatableQuery, snapshot_transaction
from syncer.store.db.tables import games, players

from .base import Reader
from .modes import is_listed, is_upgrade

u, g, p = unlocks.c, games.c, players.c


class UnlockListQueries(Reader):
    """Unlocks that are not gone, of the whole account; times are UTC, by the site."""

    @contextmanager
    def stream(
        self,
        player_ids: Sequence[int],
        since: datetime | None,
        until: datetime | None,
        game_id: GameId | None = None,
    ) -> Iterator[RepeatableQuery]:
        """Yield the unlocks, the newest first, streamed: constant memory, one state, re-iterable.

        An achievement that was unlocked in both modes at the same moment is one row, in hardcore.
        `is_upgrade`: it was unlocked in softcore before, so that sums do not count it; nor do they count
        `is_event`. `visible_after`: as in the table.
        """
        query = _select().where(u.player_id.in_(player_ids), u.gone_at.is_(None))
        query = query.where(u.unlocked_at >= since) if since else query
        query = query.where(u.unlocked_at <= until) if until else query
        query = query.where(u.game_id == game_id) if game_id is not None else query
        newest_first = query.order_by(u.unlocked_at.desc(), u.player_id, u.achievement_id, u.hardcore.desc())
        with snapshot_transaction(self._database) as tx:
            yield RepeatableQuery(tx, newest_first, self._database.name)


def _select() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(p.username, u.player_id, u.game_id, g.title.label("game"), g.console_name)
        .add_columns(u.achievement_id, u.title, u.points, u.hardcore, u.unlocked_at, u.visible_after)
        .add_columns(is_upgrade(u).label("is_upgrade"), g.is_event)
        .join_from(unlocks, games, g.id == u.game_id)
        .join(players, p.id == u.player_id)
        .where(is_listed(u))
    )
