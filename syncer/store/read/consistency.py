"""Consistency checks: unlocks, snapshots and profile compared with each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa

from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.progress import GameId
from syncer.core.model.restoration import UnconfirmedGame
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import IS_OPEN, IS_UNDECIDED, counts, players, snapshots, unlocks
from syncer.store.db.views import first_unlocks

from .account import open_measures, sums_of
from .as_of import points_as_of
from .base import Reader, Row
from .unlock_sums import current_points

Typed = TypeVar("Typed")
Value: TypeAlias = Typed | sa.BindParameter[Typed]  # for one call, or a parameter of all calls


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """The account's points as the profile gave them, and the range of the games' sum around that time."""

    checked_at: datetime
    points: int
    min_sum: int
    max_sum: int


def mismatched_games(
    player_id: Value[int], settled: Value[datetime], now: Value[datetime], game_id: GameId | None = None
) -> sa.Select[Any]:
    """Return the games whose unlocks and newest snapshot differ, though both were read after the last unlock.

    An unlock later than `now` is always compared: waiting does not repair a row with a wrong time.
    """
    s, p = snapshots.c, players.c
    b = unlock_sums_by_game(player_id, game_id)
    pairs = {
        "unlocks": (b.c.unlocks, s.num_achieved),
        "points": (b.c.points, s.score_achieved),
        "hardcore": (b.c.hardcore, s.num_achieved_hardcore),
        "hardcore_points": (b.c.hardcore_points, s.score_achieved_hardcore),
    }
    # A game without a stored unlock has no row in `b`; its counts must then be zero.
    sums = {name: sa.func.coalesce(mine, 0) for name, (mine, _) in pairs.items()}
    counted = [column for _, column in pairs.values()]
    query = (
        sa.select(
            s.game_id,
            *(value.label(name) for name, value in sums.items()),
            *counted,
        )
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
    return query if game_id is None else query.where(s.game_id == game_id)


def unlock_sums_by_game(player_id: Value[int], game_id: GameId | None = None) -> sa.Subquery:
    """Return the sums of each game's unlocks and the time of the last one; an achievement counts once."""
    u = unlocks.c
    # PostgreSQL has no max() of booleans.
    hardcore = sa.func.max(sa.case((u.hardcore, 1), else_=0))
    one = sa.select(u.game_id, u.achievement_id, current_points().label("points"))
    one = one.add_columns(hardcore.label("hardcore"), sa.func.max(u.unlocked_at).label("last"))
    each = one.where(u.player_id == player_id, u.gone_at.is_(None)).group_by(u.game_id, u.achievement_id)
    each = each if game_id is None else each.where(u.game_id == game_id)
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


def unconfirmed_games(tx: sa.Connection, player_id: int) -> list[UnconfirmedGame]:
    """Return the games with rises of which it is not decided how much came back, the oldest first."""
    return [UnconfirmedGame(*row) for row in tx.execute(_unconfirmed_query(), {"player": player_id}).all()]


@cache
def _unconfirmed_query() -> sa.Select[Any]:
    s, since = snapshots.c, sa.func.min(snapshots.c.first_seen_at)
    query = sa.select(s.game_id, since).where(s.player_id == PLAYER, IS_UNDECIDED).group_by(s.game_id)
    return query.order_by(since, s.game_id)


class ConsistencyQueries(Reader):
    """Checks of one player; times are UTC."""

    def mismatched_games(self, player_id: int, settled: datetime, now: datetime) -> list[Row]:
        """Return the games whose unlocks and newest snapshot differ, with both counts."""
        query = mismatched_games(player_id, settled, now)
        return self._rows(query.order_by(snapshots.c.game_id))

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
            sums = sums_of(open_measures(tx, player_id))
            if not sums:
                return {}
            at = min(total.last_seen_at for total in sums)
            before = points_as_of(tx, player_id, at - lag)
            # A game that was first polled later had between zero points and those of its first poll.
            after = points_as_of(tx, player_id, at + lag, or_first=True)
        return {
            mode: AccountTotals(
                at, total.value or 0, *_range([one[n] for one in before], [one[n] for one in after])
            )
            for n, (mode, total) in enumerate(zip(("hardcore", "softcore"), sums, strict=True))
        }


def _range(before: list[int], after: list[int]) -> tuple[int, int]:
    both = list(zip(before, after, strict=True))
    return sum(map(min, both)), sum(map(max, both))
