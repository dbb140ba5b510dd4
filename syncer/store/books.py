"""The books: what unlocks, looks and profile come to, each against the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.history import MOST_UNLOCKS

from .reading import Reader, Row
from .tables import IS_OPEN, players, snapshots, targets, unlocks


@dataclass(frozen=True, slots=True)
class Total:
    """Points as the profile told them at `told_at`, and what the followed games came to around then."""

    told_at: datetime
    told: int
    least: int
    most: int


class Books(Reader):
    """All by player; times are UTC."""

    def unbalanced(self, player_id: int, settled: datetime) -> list[Row]:
        """Games whose unlocks and newest numbers differ, though both were read after their last unlock."""
        u, s, p = unlocks.c, snapshots.c, players.c
        one = sa.select(u.game_id, u.achievement_id, sa.func.max(u.points).label("points"))
        one = one.add_columns(sa.func.max(u.unlocked_at).label("last"))
        each = one.where(u.player_id == player_id, u.gone_at.is_(None)).group_by(u.game_id, u.achievement_id)
        e = each.subquery().c
        sums = sa.select(e.game_id, sa.func.count().label("unlocks"), sa.func.sum(e.points).label("points"))
        b = sums.add_columns(sa.func.max(e.last).label("last")).group_by(e.game_id).subquery()
        count, points = sa.func.coalesce(b.c.unlocks, 0), sa.func.coalesce(b.c.points, 0)
        query = (
            sa.select(s.game_id, count.label("unlocks"), s.num_achieved)
            .add_columns(points.label("points"), s.score_achieved)
            .join_from(snapshots, players, p.id == s.player_id)
            .outerjoin(b, b.c.game_id == s.game_id)
            .where(s.player_id == player_id, IS_OPEN, p.unlocks_until.is_not(None))
            .where(sa.or_(b.c.last.is_(None), sa.and_(b.c.last < settled, b.c.last < s.last_seen_at)))
            .where(sa.or_(count != s.num_achieved, points != s.score_achieved))
        )
        return self._rows(query.order_by(s.game_id))

    def full_seconds(self) -> list[datetime]:
        """Seconds with as many unlocks as an answer may hold: there may be more that nobody can ask for."""
        u = unlocks.c
        query = sa.select(u.unlocked_at).group_by(u.player_id, u.unlocked_at)
        return [row["unlocked_at"] for row in self._rows(query.having(sa.func.count() >= MOST_UNLOCKS))]

    def totals(self, player_id: int, lag: timedelta) -> dict[str, Total]:
        """In hardcore and in casual mode; empty where the profile has told none.

        The games' sums are those of `lag` before and after: the site counts late (ra-api.md section 6).
        """
        p = players.c
        query = sa.select(p.profile_checked_at, p.total_points, p.total_softcore_points)
        (row,) = self._rows(query.where(p.id == player_id))
        at, hardcore, casual = row.values()
        if at is None or hardcore is None or casual is None:
            return {}
        before, after = self._points_at(player_id, at - lag), self._points_at(player_id, at + lag)
        return {
            mode: Total(at, told, *_range([one[n] for one in before], [one[n] for one in after]))
            for n, (mode, told) in enumerate((("hardcore", hardcore), ("casual", casual)))
        }

    def _points_at(self, player_id: int, moment: datetime) -> list[tuple[int, int]]:
        """Points of each followed game at that moment, in hardcore and in casual mode only."""
        t, s, q = targets.c, snapshots.c, snapshots.alias("q")
        mine = sa.select(q.c.id).where(q.c.player_id == t.player_id, q.c.game_id == t.game_id)
        mine = mine.limit(1).correlate(targets)
        newest = mine.where(q.c.first_seen_at <= moment).order_by(q.c.first_seen_at.desc())
        first = mine.order_by(q.c.first_seen_at)  # where nobody had looked by then
        seen = sa.func.coalesce(newest.scalar_subquery(), first.scalar_subquery())
        query = (
            sa.select(s.score_achieved_hardcore, s.score_achieved - s.score_achieved_hardcore)
            .join_from(targets, snapshots, s.id == seen)
            .where(t.player_id == player_id, t.removed_at.is_(None))
            .order_by(t.game_id)
        )
        with self._database.reading() as tx:
            return [(hardcore, casual) for hardcore, casual in tx.execute(query).all()]


def _range(before: list[int], after: list[int]) -> tuple[int, int]:
    both = list(zip(before, after, strict=True))
    return sum(map(min, both)), sum(map(max, both))
