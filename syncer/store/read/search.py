"""Where a search for a difference of the points begins: suspect games, consoles, possible numbers."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from syncer.core.model.consistency import Points
from syncer.core.model.progress import GameId
from syncer.store.db.tables import IS_NEWEST, counts, games, players, snapshots, targets

from .consistency import unlock_sums_by_game
from .polling import followed


def unlocks_differ(tx: sa.Connection, player_id: int) -> list[GameId]:
    """Return the followed games whose stored unlocks differ from their newest snapshot, the newest first.

    A manual unlock is in the list of unlocks, though no probe shows its game.
    """
    s, b = snapshots.c, unlock_sums_by_game(player_id).c
    pairs = (
        (b.unlocks, s.num_achieved),
        (b.points, s.score_achieved),
        (b.hardcore, s.num_achieved_hardcore),
        (b.hardcore_points, s.score_achieved_hardcore),
    )
    query = _snapshots(player_id, s.game_id).outerjoin(b.game_id.table, b.game_id == s.game_id)
    query = query.join(players, players.c.id == targets.c.player_id)
    differs = sa.or_(*(sa.func.coalesce(mine, 0) != counted for mine, counted in pairs))
    query = query.where(players.c.unlocks_synced_until.is_not(None), differs)
    return list(tx.scalars(query.order_by(b.last.desc(), s.game_id)))


def games_of(tx: sa.Connection, player_id: int, points: Points) -> list[GameId]:
    """Return the followed games that have exactly these points: one of them may have been reset."""
    hardcore, softcore = _points()
    query = _snapshots(player_id, snapshots.c.game_id)
    query = query.where(hardcore == points.hardcore, softcore == points.softcore)
    return list(tx.scalars(query.order_by(snapshots.c.game_id)))


def games_with(tx: sa.Connection, player_id: int, points: Points) -> list[GameId]:
    """Return the followed games that have at least these points."""
    hardcore, softcore = _points()
    query = _snapshots(player_id, snapshots.c.game_id)
    return list(tx.scalars(query.where(hardcore >= points.hardcore, softcore >= points.softcore)))


def search_consoles(tx: sa.Connection, player_id: int) -> list[int]:
    """Return the consoles of followed games, those first with most games that have an unlock."""
    unlocked = sa.func.count(sa.case((snapshots.c.num_achieved > 0, 1)))
    query = sa.select(games.c.console_id).join_from(targets, snapshots, IS_NEWEST)
    query = query.join(games, games.c.id == targets.c.game_id)
    query = query.where(*followed(player_id), games.c.console_id.is_not(None), counts(games.c.id))
    query = query.group_by(games.c.console_id).order_by(unlocked.desc(), games.c.console_id)
    return list(tx.scalars(query))


def possible_numbers(tx: sa.Connection, player_id: int, console_id: int) -> Mapping[GameId, tuple[int, int]]:
    """Return how many achievements each followed game of a console has, and points, by its snapshot."""
    s = snapshots.c
    columns = (s.game_id, s.num_possible_achievements, s.possible_score)
    query = sa.select(*columns).join_from(targets, snapshots, IS_NEWEST)
    query = query.join(games, games.c.id == targets.c.game_id)
    query = query.where(*followed(player_id), games.c.console_id == console_id, counts(games.c.id))
    return {game_id: (count, points) for game_id, count, points in tx.execute(query).all()}


def _snapshots(player_id: int, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the query of the newest snapshots of followed games; events do not count."""
    query = sa.select(*columns).join_from(targets, snapshots, IS_NEWEST)
    return query.where(*followed(player_id), counts(targets.c.game_id))


def _points() -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    s = snapshots.c
    return s.score_achieved_hardcore, s.score_achieved - s.score_achieved_hardcore
