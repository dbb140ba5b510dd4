"""The books: what unlocks, looks and profile come to, each against the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.windows import COUNT_LAG, REREAD_AFTER
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.progress import GameId
from syncer.store.db.tables import IS_OPEN, players, snapshots, targets, unlocks
from syncer.store.db.views import first_unlocks

from .base import Reader, Row


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """Points as the profile told them at `told_at`, and what the followed games came to around then."""

    told_at: datetime
    told: int
    least: int
    most: int


def mismatched_games(player_id: int, settled: datetime, now: datetime) -> sa.Select[Any]:
    """Games whose unlocks and newest numbers differ, though both were read after their last unlock.

    An unlock later than `now` is none that could still be counted: such a row is wrong.
    """
    s, p = snapshots.c, players.c
    b = _sums(player_id)
    pairs = {
        "unlocks": (b.c.unlocks, s.num_achieved),
        "points": (b.c.points, s.score_achieved),
        "hardcore": (b.c.hardcore, s.num_achieved_hardcore),
        "hardcore_points": (b.c.hardcore_points, s.score_achieved_hardcore),
    }
    sums = {name: sa.func.coalesce(mine, 0) for name, (mine, _) in pairs.items()}
    counted = [column for _, column in pairs.values()]
    return (
        sa.select(s.game_id, *(value.label(name) for name, value in sums.items()), *counted)
        .join_from(snapshots, players, p.id == s.player_id)
        .outerjoin(b, b.c.game_id == s.game_id)
        .where(s.player_id == player_id, IS_OPEN, p.unlocks_synced_until.is_not(None))
        .where(
            sa.or_(b.c.last.is_(None), b.c.last > now, sa.and_(b.c.last < settled, b.c.last < s.last_seen_at))
        )
        .where(sa.or_(*(sums[name] != column for name, (_, column) in pairs.items())))
    )


def _sums(player_id: int) -> sa.Subquery:
    """What the unlocks of each game come to, and when the last one was; an achievement counts once."""
    u = unlocks.c
    hardcore = sa.func.max(sa.case((u.hardcore, 1), else_=0))
    one = sa.select(u.game_id, u.achievement_id, sa.func.max(u.points).label("points"))
    one = one.add_columns(hardcore.label("hardcore"), sa.func.max(u.unlocked_at).label("last"))
    each = one.where(u.player_id == player_id, u.gone_at.is_(None)).group_by(u.game_id, u.achievement_id)
    e = each.subquery().c
    total = sa.func.sum
    sums = sa.select(e.game_id, sa.func.count().label("unlocks"), total(e.points).label("points"))
    sums = sums.add_columns(total(e.hardcore).label("hardcore"))
    sums = sums.add_columns(total(e.hardcore * e.points).label("hardcore_points"))
    return sums.add_columns(sa.func.max(e.last).label("last")).group_by(e.game_id).subquery()


def missing_unlock_count(tx: sa.Connection, player_id: int) -> int:
    """How many unlocks the newest numbers show, and nothing has told yet."""
    s, f = snapshots.c, first_unlocks.c
    shown = sa.select(sa.func.sum(s.num_achieved)).where(s.player_id == player_id, IS_OPEN)
    told = sa.select(sa.func.count()).select_from(first_unlocks).where(f.player_id == player_id)
    return max(0, int(tx.scalar(shown) or 0) - int(tx.scalar(told) or 0))


def games_to_reread(tx: sa.Connection, player_id: int, at: datetime) -> list[GameId]:
    """Return mismatched games whose unlocks were read neither since the mismatch began nor recently."""
    t, s = targets.c, snapshots.c
    different = mismatched_games(player_id, at - COUNT_LAG, at).subquery()
    unread = sa.or_(
        t.unlocks_synced_at.is_(None),
        t.unlocks_synced_at < s.first_seen_at,
        t.unlocks_synced_at < at - REREAD_AFTER,
    )
    query = (
        sa.select(t.game_id)
        .join(different, different.c.game_id == t.game_id)
        .join(snapshots, sa.and_(s.player_id == t.player_id, s.game_id == t.game_id, IS_OPEN))
        .where(t.player_id == player_id, t.removed_at.is_(None), unread)
    )
    return list(tx.scalars(query.order_by(t.unlocks_synced_at, t.game_id)))


class ConsistencyQueries(Reader):
    """All by player; times are UTC."""

    def mismatched_games(self, player_id: int, settled: datetime, now: datetime) -> list[Row]:
        """Games whose unlocks and newest numbers differ, though both were read after their last unlock."""
        query = mismatched_games(player_id, settled, now)
        return self._rows(query.order_by(snapshots.c.game_id))

    def games_to_reread(self, player_id: int, at: datetime) -> list[GameId]:
        """Return mismatched games whose unlocks were read neither since the mismatch began nor recently."""
        with self._database.reading() as tx:
            return games_to_reread(tx, player_id, at)

    def truncated_seconds(self) -> list[datetime]:
        """Seconds with as many unlocks as an answer may hold: there may be more that nobody can ask for."""
        u = unlocks.c
        query = sa.select(u.unlocked_at).group_by(u.player_id, u.unlocked_at)
        return [
            row["unlocked_at"] for row in self._rows(query.having(sa.func.count() >= MAX_UNLOCKS_PER_PAGE))
        ]

    def totals(self, player_id: int, lag: timedelta) -> dict[str, AccountTotals]:
        """In hardcore and in casual mode; empty where the profile has told none.

        The games' sums are those of `lag` before and after: the site counts late (site-api.md section 6). A
        game at which nobody had looked by then may have come to anything up to its first look.
        """
        p = players.c
        query = sa.select(p.profile_checked_at, p.total_points, p.total_softcore_points)
        (row,) = self._rows(query.where(p.id == player_id))
        at, hardcore, casual = row.values()
        if at is None or hardcore is None or casual is None:
            return {}
        before = self._points_at(player_id, at - lag, or_first=False)
        after = self._points_at(player_id, at + lag, or_first=True)
        return {
            mode: AccountTotals(at, told, *_range([one[n] for one in before], [one[n] for one in after]))
            for n, (mode, told) in enumerate((("hardcore", hardcore), ("casual", casual)))
        }

    def _points_at(self, player_id: int, moment: datetime, *, or_first: bool) -> list[tuple[int, int]]:
        """Points of each followed game at that moment, in hardcore and in casual mode only."""
        t, s, q = targets.c, snapshots.c, snapshots.alias("q")
        mine = sa.select(q.c.id).where(q.c.player_id == t.player_id, q.c.game_id == t.game_id)
        mine = mine.limit(1).correlate(targets)
        newest = mine.where(q.c.first_seen_at <= moment).order_by(q.c.first_seen_at.desc())
        first = mine.order_by(q.c.first_seen_at)
        seen = sa.func.coalesce(newest.scalar_subquery(), first.scalar_subquery() if or_first else None)
        casual = s.score_achieved - s.score_achieved_hardcore
        query = (
            sa.select(sa.func.coalesce(s.score_achieved_hardcore, 0), sa.func.coalesce(casual, 0))
            .join_from(targets, snapshots, s.id == seen, isouter=True)
            .where(t.player_id == player_id, t.removed_at.is_(None))
            .order_by(t.game_id)
        )
        with self._database.reading() as tx:
            return [(hardcore, casual) for hardcore, casual in tx.execute(query).all()]


def _range(before: list[int], after: list[int]) -> tuple[int, int]:
    both = list(zip(before, after, strict=True))
    return sum(map(min, both)), sum(map(max, both))
