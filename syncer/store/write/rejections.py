"""What was not believed, and is kept: one row per unbroken series of equal looks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import Decision, Rejection
from syncer.core.model.progress import GameId
from syncer.store.db.tables import rejections, runs


def save_rejections(tx: sa.Connection, run_id: int, player_id: int, decisions: Iterable[Decision]) -> None:
    """Evidence: one row per unbroken series of equal looks."""
    doubted = [d for d in decisions if d.rejection]
    new = [_rejection(run_id, player_id, d.game_id, d.rejection, d.at) for d in doubted if d.rejection]
    if fresh := [
        row for row, d in zip(new, doubted, strict=True) if d.rejection and d.rejection.series is None
    ]:
        tx.execute(rejections.insert(), fresh)
    for d in doubted:
        if d.rejection and d.rejection.series is not None:
            _extend(tx, d.rejection.series, d.at)
    for d in decisions:
        if d.confirms is not None:
            tx.execute(rejections.update().where(rejections.c.id == d.confirms).values(confirmed_at=d.at))
        if d.ends is not None:
            tx.execute(rejections.update().where(rejections.c.id == d.ends).values(ended_at=d.at))


def _rejection(
    run_id: int, player_id: int | None, game_id: GameId | None, rejection: Rejection, at: datetime
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "player_id": player_id,
        "game_id": game_id,
        "first_seen_at": at,
        "last_seen_at": at,
        "poll_count": 1,
        "reason": rejection.reason.value,
        "raw": rejection.raw,
    }


def _extend(tx: sa.Connection, series: int, at: datetime) -> None:
    r = rejections.c
    tx.execute(rejections.update().where(r.id == series).values(last_seen_at=at, poll_count=r.poll_count + 1))


def save_rejected_response(
    tx: sa.Connection, run_id: int, player_id: int | None, rejection: Rejection, at: datetime
) -> None:
    """A whole answer: one more of the player's newest such row if it is the same, else a new one."""
    r = rejections.c
    whose = r.player_id == player_id if player_id else r.player_id.is_(None)
    query = sa.select(rejections).where(whose, r.game_id.is_(None), r.ended_at.is_(None))
    newest = tx.execute(query.order_by(r.id.desc()).limit(1)).one_or_none()
    if newest and (newest.reason, newest.raw) == (rejection.reason.value, rejection.raw):
        _extend(tx, newest.id, max(at, newest.last_seen_at))
    else:
        tx.execute(rejections.insert().values(**_rejection(run_id, player_id, None, rejection, at)))


def close_response_rejections(tx: sa.Connection, run_id: int, at: datetime) -> None:
    """A good answer ends the player's series of whole answers that were not believed."""
    r = rejections.c
    whose = r.player_id == sa.select(runs.c.player_id).where(runs.c.id == run_id).scalar_subquery()
    stands = sa.and_(whose, r.game_id.is_(None), r.ended_at.is_(None))
    tx.execute(rejections.update().where(stands).values(ended_at=at))
