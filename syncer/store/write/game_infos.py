"""Titles, consoles and icons of games, and the former titles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import GameInfo
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import game_titles, games
from syncer.store.db.upsert import insert_or_ignore

from .consoles import unify_consoles
from .event_games import mark_events

t = game_titles.c
NEWEST = sa.select(sa.func.max(t.first_seen_at)).where(t.game_id == sa.bindparam("game")).scalar_subquery()
CONFIRM_TITLE = (
    game_titles.update()
    .where(t.game_id == sa.bindparam("game"), t.first_seen_at == NEWEST)
    .where(t.last_seen_at < sa.bindparam("at"))
    .values(last_seen_at=sa.bindparam("at"))
)
STORED = sa.select(games).where(any_of(games.c.id, "ids"))
TITLED = sa.select(t.game_id).where(any_of(t.game_id, "ids"))


def save_game_infos(tx: sa.Connection, infos: Iterable[GameInfo], at: datetime) -> None:
    """Store the current title, console and icon of each game, and a row for each new title."""
    by_id = {info.game_id: info for info in infos}
    if not by_id:
        return
    tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in by_id])
    ids = {"ids": list(by_id)}
    stored = {row.id: row for row in tx.execute(STORED, ids).all()}
    titled = set(tx.scalars(TITLED, ids))
    confirmed = []
    for game_id, info in by_id.items():
        _update_game(tx, stored[game_id], info, at)
        if info.title and (info.title != stored[game_id].title or game_id not in titled):
            _add_title(tx, info, at)
        elif info.title:
            confirmed.append({"game": game_id, "at": at})
    if confirmed:
        tx.execute(CONFIRM_TITLE, confirmed)
    unify_consoles(tx, by_id.values(), at)
    mark_events(tx, list(by_id))


def _update_game(tx: sa.Connection, row: Any, info: GameInfo, at: datetime) -> None:
    # An answer may name a game without its console or icon: what is known stays.
    values = {
        "title": info.title or row.title or None,
        "console_id": info.console_id or row.console_id,
        "console_name": info.console_name or row.console_name,
        "icon_path": info.icon_path or row.icon_path,
    }
    is_new = row.updated_at is None and values["title"]  # without a title it is still requested by itself
    if is_new or any(getattr(row, name) != value for name, value in values.items()):
        updated_at = at if values["title"] else row.updated_at
        tx.execute(games.update().where(games.c.id == info.game_id).values(**values, updated_at=updated_at))


def _add_title(tx: sa.Connection, info: GameInfo, at: datetime) -> None:
    title = {"game_id": info.game_id, "title": info.title, "first_seen_at": at, "last_seen_at": at}
    tx.execute(insert_or_ignore(tx, game_titles).values(**title))
