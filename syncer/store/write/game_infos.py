"""Titles, consoles and icons of games, and the former titles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import GameInfo
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import AT
from syncer.store.db.tables import game_titles, games
from syncer.store.db.upsert import insert_or_ignore

from .consoles import unify_consoles
from .event_games import mark_events

UPDATE_GAME = (
    games.update()
    .where(games.c.id == sa.bindparam("of_game"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("title", "console_id", "console_name", "icon_path", "updated_at")
        }
    )
)
t, other = game_titles.c, game_titles.alias("other").c
NEWEST = sa.select(sa.func.max(other.first_seen_at)).where(other.game_id == t.game_id).scalar_subquery()
CONFIRM_TITLES = (
    game_titles.update()
    .where(any_of(t.game_id, "ids"), t.first_seen_at == NEWEST, t.last_seen_at < AT)
    .values(last_seen_at=AT)
)
STORED = sa.select(games).where(any_of(games.c.id, "ids"))
TITLED = sa.select(t.game_id).where(any_of(t.game_id, "ids"))


def save_game_infos(tx: sa.Connection, infos: Iterable[GameInfo], at: datetime) -> None:
    """Store the current title, console and icon of each game, and a row for each new title."""
    by_id = {info.game_id: info for info in infos}
    if not by_id:
        return
    tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in by_id])
    stored = {row.id: row for row in tx.execute(STORED, {"ids": list(by_id)}).all()}
    titled = set(tx.scalars(TITLED, {"ids": list(by_id)}))
    if changed := [row for info in by_id.values() if (row := _changed_game(stored[info.game_id], info, at))]:
        tx.execute(UPDATE_GAME, changed)
    named = [info for info in by_id.values() if info.title]
    is_new = {i.game_id for i in named if i.title != stored[i.game_id].title or i.game_id not in titled}
    if new := [_new_title(info, at) for info in named if info.game_id in is_new]:
        tx.execute(insert_or_ignore(tx, game_titles), new)
    if confirmed := [info.game_id for info in named if info.game_id not in is_new]:
        tx.execute(CONFIRM_TITLES, {"ids": confirmed, "at": at})
    # Most answers name what is stored already: other games and consoles are read only for what is new.
    if changed or any(row.console_name and row.console_id is None for row in stored.values()):
        unify_consoles(tx, by_id.values(), at)
        mark_events(tx, list(by_id))


def _changed_game(row: Any, info: GameInfo, at: datetime) -> dict[str, Any] | None:
    """Return what is to be stored of a game; None: nothing has changed."""
    # An answer may name a game without its console or icon: what is known stays.
    values = {
        "title": info.title or row.title or None,
        "console_id": info.console_id or row.console_id,
        "console_name": info.console_name or row.console_name,
        "icon_path": info.icon_path or row.icon_path,
    }
    is_new = row.updated_at is None and values["title"]  # without a title it is still requested by itself
    if not is_new and all(getattr(row, name) == value for name, value in values.items()):
        return None
    return {**values, "updated_at": at if values["title"] else row.updated_at, "of_game": info.game_id}


def _new_title(info: GameInfo, at: datetime) -> dict[str, Any]:
    return {"game_id": info.game_id, "title": info.title, "first_seen_at": at, "last_seen_at": at}
