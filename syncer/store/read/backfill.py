"""Reads that decide what the backfill requests next."""

from datetime import datetime

import sqlalchemy as sa

from syncer.core.backfill.windows import COUNT_LAG, REREAD_AFTER
from syncer.core.model.library import GameTitle
from syncer.core.model.progress import EPOCH
from syncer.store.db.tables import NAMELESS, counts, game_titles, games, players, targets, unlocks

from .account import account_points


def profile_exceeds_unlocks(tx: sa.Connection, player_id: int, at: datetime) -> bool:
    """Return whether the profile shows more points than all unlocks add up to; True at most once a week."""
    p, u = players.c, unlocks.c
    points = account_points(tx, player_id).values()
    if not points or any(total.last_seen_at >= at - COUNT_LAG for total in points):
        return False
    due = sa.or_(p.unlocks_resync_at.is_(None), p.unlocks_resync_at < at - REREAD_AFTER)
    settled = sa.and_(p.id == player_id, p.unlocks_synced_until.is_not(None), due)
    if tx.scalar(sa.select(p.id).where(settled)) is None:
        return False
    # An achievement counts once, though it may be stored in softcore and in hardcore.
    each = sa.select(sa.func.max(u.points).label("points")).where(u.player_id == player_id)
    each = each.where(u.gone_at.is_(None), counts(u.game_id)).group_by(u.achievement_id)
    unlocked_points = tx.scalar(sa.select(sa.func.sum(each.subquery().c.points))) or 0
    # Not `!=`: unlocks that were read after the profile make the sum larger, and that is no mismatch.
    return sum(total.value or 0 for total in points) > unlocked_points


def outdated_titles(tx: sa.Connection, player_id: int, read_before: datetime) -> list[GameTitle]:
    """Return the followed games whose title was not read since then, those never requested first.

    What was requested in vain counts as read then.
    """
    g, t = games.c, game_titles.c
    seen = sa.select(sa.func.max(t.last_seen_at)).where(t.game_id == g.id).scalar_subquery()
    # The newer of two moments of which either may be missing; max() of two values is greatest() elsewhere.
    read_at = sa.case((sa.or_(seen.is_(None), g.updated_at > seen), g.updated_at), else_=seen)
    followed = sa.and_(targets.c.player_id == player_id, targets.c.removed_at.is_(None))
    query = sa.select(g.id, g.console_id, read_at.label("read_at")).where(followed)
    query = query.join(targets, targets.c.game_id == g.id).where(sa.or_(NAMELESS, read_at < read_before))
    found = [GameTitle(*row) for row in tx.execute(query)]
    return sorted(found, key=lambda title: (title.read_at or EPOCH, title.game_id))
