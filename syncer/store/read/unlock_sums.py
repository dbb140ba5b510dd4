"""Sums of stored unlocks and the account's totals, as of one moment."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.model.consistency import Points, UnlockSums
from syncer.core.model.progress import MAX_NUMBER
from syncer.store.db.account_tables import unlocks
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import IS_OPEN, counts, players, snapshots

from .account import open_measures, sums_of

SYNCED_UNTIL = sa.select(players.c.unlocks_synced_until).where(players.c.id == PLAYER)


def unlock_sums(tx: sa.Connection, player_id: int, agreed_at: datetime | None = None) -> UnlockSums | None:
    """Return both sums at the last moment at which both are known; None: there is none, or they agreed then.

    The totals are known from the first answer that returned them to the last one, the unlocks up to
    `unlocks_synced_until`.
    """
    totals = sums_of(open_measures(tx, player_id))
    known = tx.scalar(SYNCED_UNTIL, {"player": player_id})
    if not totals or known is None:
        return None
    at = min(known, *(total.last_seen_at for total in totals))
    if at < max(total.first_seen_at for total in totals) or (agreed_at and at <= agreed_at):
        return None
    least, most = _range(tx, player_id, at)
    return UnlockSums(at, Points(*(total.value or 0 for total in totals)), least, most)


def _range(tx: sa.Connection, player_id: int, at: datetime) -> tuple[Points, Points]:
    """Return the least and the most that the unlocks were worth at a moment."""
    moments = {"before": at - COUNT_LAG, "after": at + COUNT_LAG}
    row = tx.execute(_range_query(), {"player": player_id, **moments}).one()
    # One row with absurd points must not exceed the columns of the comparison.
    numbers = [min(int(number), MAX_NUMBER) for number in row]
    return Points(*numbers[:2]), Points(*numbers[2:])


@cache
def _range_query() -> sa.Select[Any]:
    e = _achievements().subquery().c
    sums = {
        "hardcore_least": e.points * e.surely_hardcore,
        "softcore_least": e.points * e.surely * (1 - e.maybe_hardcore),
        "hardcore_most": e.points * e.maybe_hardcore,
        "softcore_most": e.points * (1 - e.surely_hardcore),
    }
    return sa.select(*(sa.func.coalesce(sa.func.sum(n), 0) for n in sums.values()))


def _achievements() -> sa.Select[Any]:
    """Return each achievement with its points and, as 0 or 1, how it counted at a moment.

    An unlock that was read after it may have arrived after it, unless it is older than our recording. One
    that is gone since may have counted still.
    """
    u = unlocks.c
    before: sa.BindParameter[datetime] = sa.bindparam("before")
    after: sa.BindParameter[datetime] = sa.bindparam("after")
    is_known = sa.or_(u.first_seen_at < before, u.source == "backfill")
    surely = sa.and_(u.gone_at.is_(None), u.unlocked_at < before, is_known)
    maybe = sa.and_(sa.or_(u.gone_at.is_(None), u.gone_at > before), u.unlocked_at <= after)
    return (
        sa.select(current_points().label("points"))
        .add_columns(_any(surely).label("surely"))
        .add_columns(_any(sa.and_(surely, u.hardcore)).label("surely_hardcore"))
        .add_columns(_any(u.hardcore).label("maybe_hardcore"))
        .where(u.player_id == PLAYER, maybe, counts(u.game_id))
        .group_by(u.achievement_id)
    )


def current_points() -> sa.ColumnElement[int]:
    """Return the points of a group of one achievement: a list corrects those of its hardcore row only."""
    u = unlocks.c
    hardcore = sa.func.max(sa.case((sa.and_(u.hardcore, u.gone_at.is_(None)), u.points)))
    return sa.func.coalesce(hardcore, sa.func.max(u.points))


def _any(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    # PostgreSQL has no max() of booleans.
    return sa.func.max(sa.case((condition, 1), else_=0))


def account_is_empty(tx: sa.Connection, player_id: int) -> bool:
    """Return whether the account's totals are zero and no snapshot counts an achievement."""
    totals = sums_of(open_measures(tx, player_id))
    counted = sa.select(sa.func.sum(snapshots.c.num_achieved))
    counted = counted.where(snapshots.c.player_id == player_id, IS_OPEN)
    return bool(totals) and not any(total.value for total in totals) and not tx.scalar(counted)
