"""What the unlocks of a period add up to: by mode, hour of the day, console and game."""

from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa

from syncer.core.review.figures import by_hour
from syncer.core.review.model import Modes, OfConsole, OfGame, Tally, Unlocked, sum_of
from syncer.store.db.tables import counts, games, unlocks, was_followed
from syncer.store.db.views import first_unlocks

MAX_GAMES = 5  # those with the most points
f, u, g = first_unlocks.c, unlocks.c, games.c
POINTS = sa.func.coalesce(sa.func.sum(f.points), 0).label("points")


def read_unlocked(
    tx: sa.Connection, player_id: int, zone: tzinfo, begin: datetime, end: datetime
) -> Unlocked:
    """Return what was unlocked from `begin` to before `end`. `zone`: that of the hours of the day."""
    mine = (f.player_id == player_id, f.unlocked_at >= begin, f.unlocked_at < end)
    return Unlocked(
        _modes(tx, player_id, begin, end),
        by_hour(tx.scalars(sa.select(f.unlocked_at).where(*mine)), zone),
        [OfConsole(name, Tally(*tally), count) for name, *tally, count in tx.execute(_consoles(*mine))],
        [OfGame(game, title, Tally(*tally), page) for game, title, page, *tally in tx.execute(_games(*mine))],
    )


def _modes(tx: sa.Connection, player_id: int, begin: datetime, end: datetime) -> Modes:
    """Return the sums by mode, by whether the achievement had the other mode before, or has it by the end."""
    o = unlocks.alias("other").c
    same = (o.player_id == u.player_id, o.achievement_id == u.achievement_id, o.gone_at.is_(None))
    before = sa.exists().where(*same, o.hardcore.is_(False), o.unlocked_at < begin)
    later = sa.exists().where(*same, o.hardcore.is_(True), o.unlocked_at < end)
    other = sa.case((u.hardcore, before), else_=later).label("other_mode")
    within = (u.player_id == player_id, u.unlocked_at >= begin, u.unlocked_at < end)
    each = sa.select(u.hardcore, other, u.points).where(*within, u.gone_at.is_(None), counts(u.game_id))
    e = each.subquery().c
    sums = sa.select(e.hardcore, e.other_mode, sa.func.count(), sa.func.sum(e.points))
    found = {
        (bool(hardcore), bool(has_other)): Tally(*tally)
        for hardcore, has_other, *tally in tx.execute(sums.group_by(e.hardcore, e.other_mode))
    }
    new, upgraded, softcore = (
        found.get(key, Tally()) for key in ((True, False), (True, True), (False, False))
    )
    return Modes(sum_of((new, upgraded)), softcore, upgraded)


def _consoles(*mine: sa.ColumnElement[bool]) -> sa.Select[Any]:
    count = sa.func.count()
    query = sa.select(g.console_name, count, POINTS, sa.func.count(sa.distinct(f.game_id)))
    query = query.join_from(first_unlocks, games, g.id == f.game_id).where(*mine)
    return query.group_by(g.console_name).order_by(count.desc(), sa.func.min(f.game_id))


def _games(*mine: sa.ColumnElement[bool]) -> sa.Select[Any]:
    page = was_followed(f.player_id, f.game_id).label("has_page")
    query = sa.select(f.game_id, g.title, page, sa.func.count(), POINTS)
    query = query.join_from(first_unlocks, games, g.id == f.game_id).where(*mine)
    query = query.group_by(f.player_id, f.game_id, g.title)
    return query.order_by(POINTS.desc(), f.game_id).limit(MAX_GAMES)
