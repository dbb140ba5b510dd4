"""Consistency checks: unlocks, snapshots and profile compared with each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.windows import COUNT_LAG, REREAD_AFTER
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.model.restoration import UnconfirmedGame
from syncer.store.db.tables import IS_OPEN, IS_UNDECIDED, counts, players, snapshots, targets, unlocks
from syncer.store.db.views import first_unlocks

from .account import account_points
from .base import Reader, Row


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """The account's points as the profile gave them, and the range of the games' sum around that time."""

    checked_at: datetime
    points: int
    min_sum: int
    max_sum: int


def mismatched_games(player_id: int, settled: datetime, now: datetime) -> sa.Select[Any]:
    """Return the games whose unlocks and newest snapshot differ, though both were read after the last unlock.

    An unlock later than `now` is always compared: waiting does not repair a row with a wrong time.
    """
    s, p = snapshots.c, players.c
    b = _sums(player_id)
    pairs = {
        "unlocks": (b.c.unlocks, s.num_achieved),
        "points": (b.c.points, s.score_achieved),
        "hardcore": (b.c.hardcore, s.num_achieved_hardcore),
        "hardcore_points": (b.c.hardcore_points, s.score_achieved_hardcore),
    }
    # A game without a stored unlock has no row in `b`; its counts must then be zero.
    sums = {name: sa.func.coalesce(mine, 0) for name, (mine, _) in pairs.items()}
    counted = [column for _, column in pairs.values()]
    return (
        sa.select(s.game_id, *(value.label(name) for name, value in sums.items()), *counted)
        .join_from(snapshots, players, p.id == s.player_id)
        .outerjoin(b, b.c.game_id == s.game_id)
        # During the first backfill most unlocks are not stored yet: every game would differ.
        .where(s.player_id == player_id, IS_OPEN, p.unlocks_synced_until.is_not(None))
        .where(
            # The site lists an unlock before it counts it (site-api.md section 6): recent ones wait.
            sa.or_(b.c.last.is_(None), b.c.last > now, sa.and_(b.c.last < settled, b.c.last < s.last_seen_at))
        )
        .where(sa.or_(*(sums[name] != column for name, (_, column) in pairs.items())))
    )


def _sums(player_id: int) -> sa.Subquery:
    """Return the sums of each game's unlocks and the time of the last one; an achievement counts once."""
    u = unlocks.c
    # PostgreSQL has no max() of booleans.
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
    """Return how many more unlocks the newest snapshots count than are stored."""
    s, f = snapshots.c, first_unlocks.c
    mine = sa.and_(s.player_id == player_id, IS_OPEN, counts(s.game_id))
    counted = sa.select(sa.func.sum(s.num_achieved)).where(mine)
    stored = sa.select(sa.func.count()).select_from(first_unlocks).where(f.player_id == player_id)
    # More can be stored than counted: the count falls when a set is demoted (site-api.md section 6).
    return max(0, int(tx.scalar(counted) or 0) - int(tx.scalar(stored) or 0))


def games_to_reread(tx: sa.Connection, player_id: int, at: datetime) -> list[GameId]:
    """Return the followed games whose unlocks are to be read again, the one read longest ago first.

    These are mismatched games that were read neither since the mismatch began nor recently, and games in
    which an achievement was earned again in hardcore: only the own answer tells whether its softcore unlock
    still counts, or was reset before.
    """
    found = {*tx.execute(_unread_mismatches(player_id, at)).all(), *tx.execute(_upgrades(player_id)).all()}
    order = {game_id: synced_at or EPOCH for game_id, synced_at in found}
    return sorted(order, key=lambda game_id: (order[game_id], game_id))


def _unread_mismatches(player_id: int, at: datetime) -> sa.Select[Any]:
    t, s = targets.c, snapshots.c
    different = mismatched_games(player_id, at - COUNT_LAG, at).subquery()
    unread = sa.or_(
        t.unlocks_synced_at.is_(None),
        t.unlocks_synced_at < s.first_seen_at,
        t.unlocks_synced_at < at - REREAD_AFTER,
    )
    return (
        sa.select(t.game_id, t.unlocks_synced_at)
        .join(different, different.c.game_id == t.game_id)
        .join(snapshots, sa.and_(s.player_id == t.player_id, s.game_id == t.game_id, IS_OPEN))
        .where(t.player_id == player_id, t.removed_at.is_(None), unread)
    )


def _upgrades(player_id: int) -> sa.Select[Any]:
    """Return games with an achievement whose hardcore unlock was first read after its softcore one.

    Once all unlocks of the game were read after that, it is settled.
    """
    t, soft, hard = targets.c, unlocks.alias("soft"), unlocks.alias("hard")
    same = (hard.c.player_id == soft.c.player_id, hard.c.achievement_id == soft.c.achievement_id)
    current = (hard.c.gone_at.is_(None), soft.c.gone_at.is_(None))
    modes = (hard.c.hardcore.is_(True), soft.c.hardcore.is_(False))
    unread = sa.or_(t.unlocks_synced_at.is_(None), t.unlocks_synced_at < hard.c.first_seen_at)
    query = sa.select(t.game_id, t.unlocks_synced_at).distinct()
    query = query.join(soft, sa.and_(soft.c.player_id == t.player_id, soft.c.game_id == t.game_id))
    query = query.join(hard, sa.and_(*same)).where(*current, *modes, unread)
    later = hard.c.first_seen_at > soft.c.first_seen_at
    return query.where(later, t.player_id == player_id, t.removed_at.is_(None))


def unconfirmed_games(tx: sa.Connection, player_id: int) -> list[UnconfirmedGame]:
    """Return the games with rises of which it is not decided how much came back, the oldest first."""
    s, since = snapshots.c, sa.func.min(snapshots.c.first_seen_at)
    query = sa.select(s.game_id, since).where(s.player_id == player_id, IS_UNDECIDED).group_by(s.game_id)
    return [UnconfirmedGame(*row) for row in tx.execute(query.order_by(since, s.game_id)).all()]


class ConsistencyQueries(Reader):
    """Checks of one player; times are UTC."""

    def mismatched_games(self, player_id: int, settled: datetime, now: datetime) -> list[Row]:
        """Return the games whose unlocks and newest snapshot differ, with both counts."""
        query = mismatched_games(player_id, settled, now)
        return self._rows(query.order_by(snapshots.c.game_id))

    def games_to_reread(self, player_id: int, at: datetime) -> list[GameId]:
        """Return mismatched games whose unlocks were read neither since the mismatch began nor recently."""
        with self._database.reading() as tx:
            return games_to_reread(tx, player_id, at)

    def truncated_seconds(self) -> list[datetime]:
        """Return seconds with as many unlocks as one page may hold: any further ones cannot be requested."""
        u = unlocks.c
        # `>=` below: an answer with exactly 500 rows may have been cut, too (site-api.md 5.8).
        query = sa.select(u.unlocked_at).group_by(u.player_id, u.unlocked_at)
        return [
            row["unlocked_at"] for row in self._rows(query.having(sa.func.count() >= MAX_UNLOCKS_PER_PAGE))
        ]

    def totals(self, player_id: int, lag: timedelta) -> dict[str, AccountTotals]:
        """Return the account's totals in hardcore and in softcore; none if they were never read.

        The games are summed `lag` before and after that reading, because the site counts late (site-api.md
        section 6). A game without a snapshot by then contributes anything from zero to its first snapshot.
        """
        with self._database.reading() as tx:
            points = account_points(tx, player_id)
        if not points:
            return {}
        at = min(total.last_seen_at for total in points.values())
        before = self._points_at(player_id, at - lag, or_first=False)
        after = self._points_at(player_id, at + lag, or_first=True)
        return {
            mode: AccountTotals(
                at, total.value or 0, *_range([one[n] for one in before], [one[n] for one in after])
            )
            for n, (mode, total) in enumerate(zip(("hardcore", "softcore"), points.values(), strict=True))
        }

    def _points_at(self, player_id: int, moment: datetime, *, or_first: bool) -> list[tuple[int, int]]:
        """Return each followed game's points in hardcore and in softcore only, as of `moment`."""
        t, s, q = targets.c, snapshots.c, snapshots.alias("q")
        mine = sa.select(q.c.id).where(q.c.player_id == t.player_id, q.c.game_id == t.game_id)
        mine = mine.limit(1).correlate(targets)
        newest = mine.where(q.c.first_seen_at <= moment).order_by(q.c.first_seen_at.desc())
        first = mine.order_by(q.c.first_seen_at)
        # A game that was first polled after `moment` had between zero points and those of its first poll.
        seen = sa.func.coalesce(newest.scalar_subquery(), first.scalar_subquery() if or_first else None)
        # As the site computes TotalSoftcorePoints (site-api.md 5.2): `score_achieved` includes hardcore.
        softcore = s.score_achieved - s.score_achieved_hardcore
        query = (
            sa.select(sa.func.coalesce(s.score_achieved_hardcore, 0), sa.func.coalesce(softcore, 0))
            .join_from(targets, snapshots, s.id == seen, isouter=True)
            .where(t.player_id == player_id, t.removed_at.is_(None), counts(t.game_id))
            # _range() pairs the rows of two such queries by their position.
            .order_by(t.game_id)
        )
        with self._database.reading() as tx:
            return [(hardcore, softcore) for hardcore, softcore in tx.execute(query).all()]


def _range(before: list[int], after: list[int]) -> tuple[int, int]:
    both = list(zip(before, after, strict=True))
    return sum(map(min, both)), sum(map(max, both))
