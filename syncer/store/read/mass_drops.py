"""Read the newest mass drop of a player, and the games that fell in it."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import RejectionReason
from syncer.core.model.mass_drop import AccountSums, DropEvidence, MassDrop
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import IS_OPEN, games, rejections, snapshots

IS_DROP = rejections.c.reason == RejectionReason.MASS_DROP.value
NEWEST_DROP = (
    sa.select(rejections)
    .where(rejections.c.player_id == PLAYER, rejections.c.game_id.is_(None), IS_DROP)
    .where(rejections.c.ended_at.is_(None))
    .order_by(rejections.c.id.desc())
    .limit(1)
)


def newest_drop(tx: sa.Connection, player_id: int) -> MassDrop | None:
    """Return the player's newest mass drop that was not disproved, confirmed or not."""
    row = tx.execute(NEWEST_DROP, {"player": player_id}).one_or_none()
    return _drop_from(row) if row else None


def standing_drop(tx: sa.Connection, player_id: int) -> MassDrop | None:
    """Return the mass drop that is not confirmed yet, with the games that wait and what they lost."""
    drop = newest_drop(tx, player_id)
    return with_waiting(tx, player_id, drop) if drop and drop.stands else None


def with_waiting(tx: sa.Connection, player_id: int, drop: MassDrop) -> MassDrop:
    """Return the drop with the games that wait for it, and the points that they lost.

    The account's sums leave out events, so what these lost does not show in them.
    """
    s, g = snapshots.c, games.c
    hardcore, points = s.score_achieved_hardcore, s.score_achieved
    query = sa.select(s.game_id, g.is_event, hardcore, points - hardcore)
    query = query.join_from(snapshots, games, g.id == s.game_id)
    query = query.where(s.player_id == player_id, IS_OPEN, s.game_id.in_(waiting_games(player_id)))
    rows = tx.execute(query).all()
    counted = [(hard, soft) for _, is_event, hard, soft in rows if not is_event]
    sums = AccountSums(sum(hard for hard, _ in counted), sum(soft for _, soft in counted))
    return replace(drop, waiting=frozenset(row.game_id for row in rows), lost=sums)


def waiting_games(player_id: int) -> sa.Select[Any]:
    """Return a query of the games whose newest rejection is of a mass drop and stands."""
    r, newest = rejections.c, rejections.alias("newest")
    last = sa.select(sa.func.max(newest.c.id)).where(newest.c.player_id == player_id)
    last = last.where(newest.c.game_id.is_not(None)).group_by(newest.c.game_id)
    stands = sa.and_(IS_DROP, r.confirmed_at.is_(None), r.ended_at.is_(None))
    return sa.select(r.game_id).where(r.player_id == player_id, stands, r.id.in_(last))


def _drop_from(row: Any) -> MassDrop:
    raw = json.loads(row.raw)
    evidence = DropEvidence(
        tuple(raw["games"]),
        _sums(raw["points_before"]),
        _sums(raw["points_now"]),
        json.dumps(raw["numbers"]),
        datetime.fromisoformat(raw["equal_since"]),
        datetime.fromisoformat(raw["reported_at"]) if raw["reported_at"] else None,
    )
    return MassDrop(row.id, row.first_seen_at, row.last_seen_at, row.poll_count, evidence, row.confirmed_at)


def _sums(pair: list[int] | None) -> AccountSums | None:
    return AccountSums(*pair) if pair else None
