"""The sets that were revised in a period, of games in which something had been unlocked."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from syncer.core.review.model import RevisedSet
from syncer.store.db.tables import counts
from syncer.store.db.views import progress_changes

REVISED = ("set_revised", "demoted")
c = progress_changes.c
POSSIBLE_BEFORE = c.num_possible_achievements - c.num_possible_achievements_delta
ACHIEVED_BEFORE = c.num_achieved - c.num_achieved_delta


def read_revised(tx: sa.Connection, player_id: int, begin: datetime, end: datetime) -> list[RevisedSet]:
    """Return what polls showed from `begin` to before `end`, the set that was revised last first."""
    rows = tx.execute(_query(player_id, begin, end)).all()
    sets = [_revised_set(list(found)) for _, found in groupby(rows, attrgetter("game_id"))]
    return sorted(sets, key=lambda one: (one.last_at, one.game_id), reverse=True)


def _query(player_id: int, begin: datetime, end: datetime) -> sa.Select[Any]:
    columns = (c.game_id, c.title, c.first_seen_at, c.num_possible_achievements.label("possible"))
    was_full = (ACHIEVED_BEFORE >= POSSIBLE_BEFORE).label("was_full")
    query = sa.select(*columns, POSSIBLE_BEFORE.label("before"), was_full)
    query = query.where(c.player_id == player_id, c.first_seen_at >= begin, c.first_seen_at < end)
    query = query.where(c.kind.in_(REVISED), ACHIEVED_BEFORE > 0, counts(c.game_id))
    return query.order_by(c.game_id, c.first_seen_at)


def _revised_set(rows: list[sa.Row[Any]]) -> RevisedSet:
    first, last = rows[0], rows[-1]
    was_full = any(row.was_full for row in rows)
    sizes = first.before, last.possible
    return RevisedSet(first.game_id, first.title, len(rows), *sizes, last.first_seen_at, was_full)
