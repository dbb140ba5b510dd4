"""Consoles of games: one id and one name for each, though many answers have only the name."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import EVENT_CONSOLES, GameInfo
from syncer.store.db.tables import consoles, games

IDS_OF_EVENTS = {name: number for number, name in EVENT_CONSOLES.items()}  # `consoles` may not have them yet


def unify_consoles(tx: sa.Connection, infos: Iterable[GameInfo], at: datetime) -> None:
    """Give games that are stored with the name of their console its id, and a renamed console one name.

    Lists of unlocks name the console only. Without this the games of one console would be two groups.
    """
    sent = {info.console_id: info.console_name for info in infos if info.console_id and info.console_name}
    g = games.c
    stored = {tuple(row) for row in tx.execute(sa.select(g.console_id, g.console_name).distinct())}
    without_id = {name for console_id, name in stored if name and console_id is None}
    if without_id:
        ids = _ids_by_name(tx, stored) | {name: console_id for console_id, name in sent.items()}
        for name in sorted(without_id & ids.keys()):
            same = sa.and_(g.console_id.is_(None), g.console_name == name)
            _update_games(tx, same, at, console_id=ids[name])
            stored.add((ids[name], name))
    for console_id, name in sorted(sent.items()):
        if any(known == console_id and other != name for known, other in stored):
            former = sa.and_(g.console_id == console_id, g.console_name.is_distinct_from(name))
            _update_games(tx, former, at, console_name=name)


def _ids_by_name(tx: sa.Connection, stored: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    """Return the ids of the consoles whose name is known from games or from the list of consoles."""
    listed = {row.name: row.id for row in tx.execute(sa.select(consoles.c.id, consoles.c.name))}
    return IDS_OF_EVENTS | listed | {name: number for number, name in stored if name and number}


def _update_games(
    tx: sa.Connection, which: sa.ColumnElement[bool], at: datetime, **values: int | str
) -> None:
    # A game without a title keeps its moment: by it the title is still requested. Typed: else the CASE
    # writes microseconds on SQLite, and compared as text the moment is another one.
    moment = sa.literal(at, games.c.updated_at.type)
    changed_at = sa.case((games.c.title.is_not(None), moment), else_=games.c.updated_at)
    tx.execute(games.update().where(which).values(**values, updated_at=changed_at))
