"""How up to date each player is, in one query for all."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.unreadable import LISTING_ENDPOINT
from syncer.core.monitoring.health import PlayerHealth
from syncer.store.db.tables import IS_OPEN, players, rejections, snapshots, targets

from .base import Reader

COUNTED = ("targets", "due", "overdue", "failing")


class HealthQueries(Reader):
    """The health of all players; times are UTC."""

    def player_health(self, now: datetime, gap_after: timedelta) -> list[PlayerHealth]:
        """Return the health of each player with active targets."""
        s, p = snapshots.c, players.c
        seen = sa.select(s.player_id, sa.func.max(s.last_seen_at).label("last_poll_at"))
        # The newest poll of a game is in its open snapshot; the index of these leaves the history unread.
        polls = seen.where(IS_OPEN).group_by(s.player_id).subquery()
        active = _active_targets(now, gap_after).subquery()
        query = (
            sa.select(p.username, p.config_name, p.ulid, polls.c.last_poll_at, active)
            .join_from(players, active, active.c.player_id == p.id)
            .outerjoin(polls, polls.c.player_id == p.id)
        )
        return [_player_health(row) for row in self._rows(query.order_by(p.id))]

    def is_listing_unreadable(self, player_id: int) -> bool:
        """Return whether nothing is followed, as the listing had rows of which none could be read."""
        r, t = rejections.c, targets.c
        of_listing = sa.and_(r.player_id == player_id, r.endpoint == LISTING_ENDPOINT)
        stands = sa.exists().where(of_listing, r.ended_at.is_(None))
        followed = sa.exists().where(t.player_id == player_id, t.removed_at.is_(None))
        with self._database.reading() as tx:
            return bool(tx.scalar(sa.select(sa.and_(stands, sa.not_(followed)))))


def _active_targets(now: datetime, gap_after: timedelta) -> sa.Select[Any]:
    """Return the counts and the longest interval of each player's active targets."""
    t, count = targets.c, sa.func.count()
    late = t.expected_at < now - gap_after
    return (
        sa.select(t.player_id, sa.func.max(t.interval_seconds).label("seconds"), count.label("targets"))
        .add_columns(count.filter(t.due_at <= now).label("due"), count.filter(late).label("overdue"))
        .add_columns(count.filter(t.failures > 0).label("failing"))
        .where(t.removed_at.is_(None))
        .group_by(t.player_id)
    )


def _player_health(row: dict[str, Any]) -> PlayerHealth:
    name, longest = row["config_name"] or row["ulid"], timedelta(seconds=row["seconds"])
    counts = (row[column] for column in COUNTED)
    return PlayerHealth(name, row["username"], row["last_poll_at"], longest, *counts)
