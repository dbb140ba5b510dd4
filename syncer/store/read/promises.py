"""When the next poll of a target was promised. Queries join its open snapshot for it."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.moment import seconds_after
from syncer.store.db.tables import IS_NEWEST, games, snapshots, targets

OPEN_SNAPSHOT = (snapshots, IS_NEWEST)  # for join() and outerjoin()


def expected_at() -> sa.ColumnElement[Any]:
    """Return when the next poll of a target was promised; NULL, which is before no moment: it was not."""
    return seconds_after(snapshots.c.last_seen_at, targets.c.promised_seconds)


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Return whether a target is polled next: after a failure at `due_at`, otherwise by its promise."""
    t = targets.c
    by_promise = sa.or_(t.promised_seconds.is_(None), expected_at() <= now)
    return sa.or_(t.due_at <= now, sa.and_(t.due_at.is_(None), by_promise))


def late_targets(player_id: int, now: datetime, gap_after: timedelta) -> sa.Select[tuple[int, str, datetime]]:
    """Return followed targets whose promised poll did not come, each since its last poll."""
    t = targets.c
    return (
        sa.select(t.game_id, games.c.title, snapshots.c.last_seen_at.label("started_at"))
        .join_from(targets, games, games.c.id == t.game_id)
        # An inner join: before its first accepted poll a target has nothing that a gap could follow.
        .join(*OPEN_SNAPSHOT)
        .where(t.player_id == player_id, t.removed_at.is_(None), expected_at() < now - gap_after)
    )


def late_target_ids(tx: sa.Connection, player_id: int, now: datetime, gap_after: timedelta) -> list[GameId]:
    """Return the ids of followed targets whose promised poll did not come, in their order."""
    late = late_targets(player_id, now, gap_after).with_only_columns(targets.c.game_id)
    return list(tx.scalars(late.order_by(targets.c.game_id)))
