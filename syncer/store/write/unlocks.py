"""Rows of the table unlocks.

Each moment of an achievement and mode has its own row. At most one of them is current: its `gone_at` is null.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.unlock_changes import UnlockChanges, compare_unlocks, complete_unlocks
from syncer.core.model.library import SourcedUnlock, StoredUnlock, Unlock, Window
from syncer.core.model.progress import GameId
from syncer.store.db.tables import unlocks
from syncer.store.db.upsert import insert_or_ignore

from .visibility import visible_moments

MAX_PARAMETERS = 500  # of one statement: less than the smallest limit of any database
KEY = ("player_id", "achievement_id", "hardcore", "unlocked_at")
THIS = sa.and_(*(unlocks.c[name] == sa.bindparam(f"of_{name}") for name in KEY))
EDITED = ("game_id", "points", "title")
MARK_GONE = unlocks.update().where(THIS).values(gone_at=sa.bindparam("at"))
UPDATE = (
    unlocks.update().where(THIS).values(gone_at=None).values({n: sa.bindparam(f"new_{n}") for n in EDITED})
)


def upsert_unlocks(tx: sa.Connection, player_id: int, rows: Sequence[SourcedUnlock], at: datetime) -> int:
    """Store the unlocks as they were received; return how many rows were new."""
    stored = stored_unlocks(tx, player_id, [row.unlock.achievement_id for row in rows])
    rows = complete_unlocks(stored, rows)
    changes = compare_unlocks(stored, [row.unlock for row in rows])
    mark_gone(tx, player_id, changes.gone, at)  # first: an achievement has one current row in each mode
    if changes.updated:
        tx.execute(UPDATE, [_edited(player_id, unlock) for unlock in changes.updated])
    _insert(tx, player_id, rows, changes, stored, at)
    return len(changes.added)


def complete_rows(tx: sa.Connection, player_id: int, rows: Sequence[SourcedUnlock]) -> list[Unlock]:
    """Return the unlocks, with what is stored in place of what could not be read."""
    stored = stored_unlocks(tx, player_id, [row.unlock.achievement_id for row in rows])
    return [row.unlock for row in complete_unlocks(stored, rows)]


def _insert(
    tx: sa.Connection,
    player_id: int,
    rows: Sequence[SourcedUnlock],
    changes: UnlockChanges,
    stored: Sequence[StoredUnlock],
    at: datetime,
) -> None:
    """Insert the new rows, each with the newest moment at which an answer proves that it was not there."""
    sources = {row.unlock: row.source for row in rows}
    absent = visible_moments(tx, player_id, changes.added, stored, list(sources))
    new = [
        _values(player_id, unlock, sources[unlock], at) | {"visible_after": absent.get(unlock)}
        for unlock in changes.added
    ]
    if new:
        tx.execute(insert_or_ignore(tx, unlocks), new)


def mark_gone(tx: sa.Connection, player_id: int, removed: Sequence[StoredUnlock], at: datetime) -> None:
    """Mark unlocks that the site has removed."""
    if removed:
        tx.execute(MARK_GONE, [{"at": at, **_key(player_id, unlock)} for unlock in removed])


def stored_unlocks(tx: sa.Connection, player_id: int, achievements: Sequence[int]) -> list[StoredUnlock]:
    """Return all rows of these achievements, also those that are gone."""
    found: list[StoredUnlock] = []
    for ids in _chunks(sorted(set(achievements))):
        found += _select(tx, player_id, unlocks.c.achievement_id.in_(ids))
    return found


def unlocks_of_window(tx: sa.Connection, player_id: int, window: Window) -> list[StoredUnlock]:
    """Return the unlocks of the window that are not gone.

    For each one in softcore its hardcore unlock is included, also from outside of the window: it may be the
    one that replaced the softcore unlock.
    """
    current = unlocks.c.gone_at.is_(None)
    found = _select(tx, player_id, current, unlocks.c.unlocked_at.between(window.begin, window.end))
    softcore = [unlock.achievement_id for unlock in found if not unlock.hardcore]
    for ids in _chunks(softcore):
        found += _select(tx, player_id, current, unlocks.c.hardcore, unlocks.c.achievement_id.in_(ids))
    return list(dict.fromkeys(found))


def unlocks_of_game(tx: sa.Connection, player_id: int, game_id: GameId) -> list[StoredUnlock]:
    """Return the unlocks of the game that are not gone."""
    return _select(tx, player_id, unlocks.c.gone_at.is_(None), unlocks.c.game_id == game_id)


def _select(tx: sa.Connection, player_id: int, *conditions: sa.ColumnElement[bool]) -> list[StoredUnlock]:
    u = unlocks.c
    query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at, u.gone_at, u.game_id, u.points, u.title)
    query = query.where(u.player_id == player_id, *conditions)
    return [StoredUnlock(*row) for row in tx.execute(query).all()]


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + MAX_PARAMETERS] for start in range(0, len(ids), MAX_PARAMETERS)]


def _key(player_id: int, unlock: Unlock | StoredUnlock) -> Mapping[str, Any]:
    values = {name: getattr(unlock, name) for name in KEY[1:]}
    return {f"of_{name}": value for name, value in {"player_id": player_id, **values}.items()}


def _edited(player_id: int, unlock: Unlock) -> dict[str, Any]:
    return {**_key(player_id, unlock), **{f"new_{name}": getattr(unlock, name) for name in EDITED}}


def _values(player_id: int, unlock: Unlock, source: str, first_seen_at: datetime) -> dict[str, Any]:
    values = {name: getattr(unlock, name) for name in (*KEY[1:], *EDITED)}
    return {"player_id": player_id, **values, "first_seen_at": first_seen_at, "source": source}
