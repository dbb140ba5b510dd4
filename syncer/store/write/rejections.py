"""Write rejected polls: one row per unbroken streak."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import Decision, Rejection, RejectionReason
from syncer.core.model.progress import GameId
from syncer.store.db.parameters import AT
from syncer.store.db.tables import rejections, runs

# A whole response. Rows of a mass drop, and those with an endpoint, have no game, either: their own rules end
# them.
IS_RESPONSE = sa.and_(
    rejections.c.game_id.is_(None),
    rejections.c.endpoint.is_(None),
    rejections.c.reason != RejectionReason.MASS_DROP.value,
)

OF_RUN = sa.select(runs.c.player_id).where(runs.c.id == sa.bindparam("run")).scalar_subquery()
END_RESPONSES = (
    rejections.update()
    .where(rejections.c.player_id == OF_RUN, IS_RESPONSE, rejections.c.ended_at.is_(None))
    .values(ended_at=AT)
)


def save_rejections(tx: sa.Connection, run_id: int, player_id: int, decisions: Iterable[Decision]) -> None:
    """Begin or extend the streak of each rejected poll; end the streak of each accepted one."""
    new = []
    for d in decisions:
        if d.rejection and d.rejection.streak is None:
            new.append(rejection_values(run_id, player_id, d.game_id, d.rejection, d.at))
        elif d.rejection and d.rejection.streak is not None:
            extend_rejection(tx, d.rejection.streak, d.at, d.rejection.raw)
        if d.confirms is not None:
            tx.execute(rejections.update().where(rejections.c.id == d.confirms).values(confirmed_at=d.at))
        if d.ends is not None:
            tx.execute(rejections.update().where(rejections.c.id == d.ends).values(ended_at=d.at))
    if new:
        tx.execute(rejections.insert(), new)


def rejection_values(
    run_id: int | None, player_id: int | None, game_id: GameId | None, rejection: Rejection, at: datetime
) -> dict[str, Any]:
    """Return the values of a new row, of one poll so far."""
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


def extend_rejection(tx: sa.Connection, rejection_id: int, at: datetime, raw: str | None = None) -> None:
    """Count one more poll, and keep what it returned, unless it was equal.

    The clock may have been set back: a row never ends before it begins.
    """
    r = rejections.c
    # Typed: else the CASE writes the moment with microseconds, which a check of SQLite refuses.
    moment = sa.literal(at, r.last_seen_at.type)
    latest = sa.case((r.last_seen_at < moment, moment), else_=r.last_seen_at)
    values: dict[str, Any] = {"last_seen_at": latest, "poll_count": r.poll_count + 1}
    values |= {"raw": raw} if raw is not None else {}
    tx.execute(rejections.update().where(r.id == rejection_id).values(**values))


def save_rejected_response(
    tx: sa.Connection, run_id: int, player_id: int | None, rejection: Rejection, at: datetime
) -> None:
    """Keep a whole response: extend the player's newest open row if it is equal, else add one."""
    r = rejections.c
    own = r.player_id == player_id if player_id else r.player_id.is_(None)
    query = sa.select(rejections).where(own, IS_RESPONSE, r.ended_at.is_(None))
    newest = tx.execute(query.order_by(r.id.desc()).limit(1)).one_or_none()
    if newest and (newest.reason, newest.raw) == (rejection.reason.value, rejection.raw):
        extend_rejection(tx, newest.id, at)
    else:
        tx.execute(rejections.insert().values(**rejection_values(run_id, player_id, None, rejection, at)))


def close_response_rejections(tx: sa.Connection, run_id: int, at: datetime) -> None:
    """End the open rows of whole responses: the player's newest response was accepted."""
    tx.execute(END_RESPONSES, {"run": run_id, "at": at})
