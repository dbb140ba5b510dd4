"""Rows of the table unlocks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.model.library import SourcedUnlock, StoredUnlock, Unlock, Window
from syncer.core.model.progress import GameId
from syncer.store.db.tables import unlocks
from syncer.store.db.upsert import insert_or_ignore

Key: TypeAlias = tuple[int, bool]  # achievement, hardcore
MAX_PARAMETERS = 500  # of one statement: less than the smallest limit of any database
UPDATED = ("game_id", "unlocked_at", "points", "title", "source", "first_seen_at")
UPDATE_UNLOCK = (
    unlocks.update()
    .where(
        unlocks.c.player_id == sa.bindparam("new_player_id"),
        unlocks.c.achievement_id == sa.bindparam("new_achievement_id"),
        unlocks.c.hardcore == sa.bindparam("new_hardcore"),
    )
    .values(gone_at=None)
    .values({name: sa.bindparam(f"new_{name}") for name in UPDATED})
)


def upsert_unlocks(tx: sa.Connection, player_id: int, rows: Sequence[SourcedUnlock], at: datetime) -> int:
    """Store the unlocks as they were received; return how many were new."""
    received = {(row.unlock.achievement_id, row.unlock.hardcore): row for row in rows}
    stored = _stored_rows(tx, player_id, sorted({achievement for achievement, _ in received}))
    new = [_values(player_id, r.unlock, r.source, at) for key, r in received.items() if key not in stored]
    if new:
        tx.execute(insert_or_ignore(tx, unlocks), new)
    changed = [
        _updated_values(player_id, row, stored[key], at)
        for key, row in received.items()
        if key in stored and _differs(row.unlock, stored[key])
    ]
    if changed:
        tx.execute(UPDATE_UNLOCK, changed)
    return len(new)


def mark_gone(tx: sa.Connection, player_id: int, removed: Sequence[StoredUnlock], at: datetime) -> None:
    """Mark unlocks that the site has removed."""
    u = unlocks.c
    for unlock in removed:
        key = (u.achievement_id == unlock.achievement_id, u.hardcore == unlock.hardcore)
        tx.execute(unlocks.update().where(u.player_id == player_id, *key).values(gone_at=at))


def unlocks_of_window(tx: sa.Connection, player_id: int, window: Window) -> list[StoredUnlock]:
    """Return the unlocks of the window that are not gone.

    For each one in softcore its hardcore unlock is included, also from outside of the window: it may be the
    one that replaced the softcore unlock.
    """
    found = _select(tx, player_id, unlocks.c.unlocked_at.between(window.begin, window.end))
    softcore = [unlock.achievement_id for unlock in found if not unlock.hardcore]
    for ids in _chunks(softcore):
        found += _select(tx, player_id, sa.and_(unlocks.c.hardcore, unlocks.c.achievement_id.in_(ids)))
    return list(dict.fromkeys(found))


def unlocks_of_game(tx: sa.Connection, player_id: int, game_id: GameId) -> list[StoredUnlock]:
    """Return the unlocks of the game that are not gone."""
    return _select(tx, player_id, unlocks.c.game_id == game_id)


def _select(tx: sa.Connection, player_id: int, condition: sa.ColumnElement[bool]) -> list[StoredUnlock]:
    u = unlocks.c
    query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at)
    query = query.where(u.player_id == player_id, condition, u.gone_at.is_(None))
    return [StoredUnlock(*row) for row in tx.execute(query).all()]


def _stored_rows(tx: sa.Connection, player_id: int, achievements: Sequence[int]) -> dict[Key, Any]:
    """Return the rows of these achievements, also those that are gone."""
    found: dict[Key, Any] = {}
    for ids in _chunks(achievements):
        query = sa.select(unlocks).where(unlocks.c.player_id == player_id, unlocks.c.achievement_id.in_(ids))
        found |= {(row.achievement_id, row.hardcore): row for row in tx.execute(query).all()}
    return found


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + MAX_PARAMETERS] for start in range(0, len(ids), MAX_PARAMETERS)]


def _differs(unlock: Unlock, row: Any) -> bool:
    # What could not be read is kept as it is stored.
    points = row.points if unlock.points is None else unlock.points
    received = (unlock.unlocked_at, points, unlock.title or row.title, unlock.game_id, None)
    return received != (row.unlocked_at, row.points, row.title, row.game_id, row.gone_at)


def _updated_values(player_id: int, received: SourcedUnlock, row: Any, at: datetime) -> dict[str, Any]:
    # Another date means that it was reset and unlocked again: it is known since now. Otherwise its points,
    # title or game were edited, or it is listed again, and what we knew about its origin stays.
    same_date = received.unlock.unlocked_at == row.unlocked_at
    source, first_seen_at = (row.source, row.first_seen_at) if same_date else (received.source, at)
    unlock = received.unlock
    points = row.points if unlock.points is None else unlock.points
    kept = replace(unlock, points=points, title=unlock.title or row.title)
    values = _values(player_id, kept, source, first_seen_at)
    return {f"new_{name}": value for name, value in values.items()}


def _values(player_id: int, unlock: Unlock, source: str, first_seen_at: datetime) -> dict[str, Any]:
    return {
        "player_id": player_id,
        "achievement_id": unlock.achievement_id,
        "hardcore": unlock.hardcore,
        "game_id": unlock.game_id,
        "unlocked_at": unlock.unlocked_at,
        "points": unlock.points or 0,
        "title": unlock.title,
        "first_seen_at": first_seen_at,
        "source": source,
    }
