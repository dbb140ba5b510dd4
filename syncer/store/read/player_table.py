"""All players at once, for the page that lists and sorts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.formats.timestamps import start_of
from syncer.core.milestones.streaks import Streak
from syncer.core.model.account import Measure
from syncer.store.db.account_tables import unlocks
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import players, snapshots
from syncer.store.db.views import first_unlocks

from .account import AccountQueries
from .base import Reader
from .daily import NEW, NEW_POINTS, is_gain, known_until
from .players import PlayerRef
from .streaks import StreakQueries

WEEK = timedelta(days=6)  # before today
Gain = tuple[int, int]  # achievements and points
NONE: Gain = (0, 0)


@dataclass(frozen=True, slots=True)
class ListedPlayer:
    """A player, as the site's own totals and the stored unlocks tell. None: never read."""

    player: PlayerRef
    hardcore_points: int | None
    softcore_points: int | None
    rank: int | None
    last_unlocked_at: datetime | None
    achievements: int | None = None
    points: int | None = None
    streak: Streak | None = None


class PlayerTableQueries(Reader):
    """A fixed number of statements for all players; times are UTC."""

    def of(
        self, chosen: Sequence[PlayerRef], zone: tzinfo, now: datetime, gap_after: timedelta
    ) -> list[ListedPlayer]:
        """Return the players in the given order, with all fields."""
        return self.with_week(self.totals(chosen), zone, now, gap_after)

    def totals(self, chosen: Sequence[PlayerRef]) -> list[ListedPlayer]:
        """Return the players in the given order, without what with_week() reads."""
        ids = [player.id for player in chosen]
        totals, last = AccountQueries(self._database).newest_of(ids), self._last_unlocks(ids)
        return [_listed(player, totals[player.id], last.get(player.id)) for player in chosen]

    def with_week(
        self, rows: Sequence[ListedPlayer], zone: tzinfo, now: datetime, gap_after: timedelta
    ) -> list[ListedPlayer]:
        """Return the players with their streak, and the achievements and points of their week.

        The week is today and the six days before, events left out; since unlocks were read, by polls of
        followed games. `zone`: cuts the days.
        """
        ids = [row.player.id for row in rows]
        streaks = StreakQueries(self._database).of(ids, zone, now, gap_after)
        gains = self._gains(ids, start_of(now.astimezone(zone).date() - WEEK, zone), now)
        return [_with_week(row, streaks.get(row.player.id), gains.get(row.player.id, NONE)) for row in rows]

    def _gains(self, ids: Sequence[int], since: datetime, now: datetime) -> dict[int, Gain]:
        """Return what was unlocked since then, by player's id."""
        values, found = {"ids": list(ids), "since": since, "now": now}, dict[int, Gain]()
        with self._database.reading() as tx:
            for query in (_unlocked_query(), _polled_query()):
                for player_id, achievements, points in tx.execute(query, values):
                    more, before = (achievements or 0, points or 0), found.get(player_id, NONE)
                    found[player_id] = (before[0] + more[0], before[1] + more[1])
        return found

    def _last_unlocks(self, ids: Sequence[int]) -> dict[int, datetime]:
        with self._database.reading() as tx:
            rows = tx.execute(_last_query(), {"ids": list(ids)})
            return {player_id: at for player_id, at in rows if at}


def _listed(player: PlayerRef, totals: Mapping[str, int | None], last: datetime | None) -> ListedPlayer:
    hardcore, softcore = totals[Measure.HARDCORE_POINTS], totals[Measure.SOFTCORE_POINTS]
    return ListedPlayer(player, hardcore, softcore, totals[Measure.RANK], last)


def _with_week(row: ListedPlayer, streak: Streak | None, gain: Gain) -> ListedPlayer:
    if streak is None:
        return row  # without a reading nothing is known of a week
    return replace(row, achievements=gain[0], points=gain[1], streak=streak)


@cache
def _unlocked_query() -> sa.Select[Any]:
    f = first_unlocks.c
    query = sa.select(f.player_id, sa.func.count(), sa.func.sum(f.points)).group_by(f.player_id)
    query = query.where(any_of(f.player_id, "ids"), f.unlocked_at >= sa.bindparam("since"))
    return query.where(f.unlocked_at <= sa.bindparam("now"))


@cache
def _polled_query() -> sa.Select[Any]:
    """Return the query of what polls of followed games showed since unlocks were read."""
    s, p = snapshots.c, players.c
    known = known_until().where(p.id == s.player_id).scalar_subquery()
    query = sa.select(s.player_id, sa.func.sum(NEW), sa.func.sum(NEW_POINTS)).group_by(s.player_id)
    recent = (s.first_seen_at >= sa.bindparam("since"), s.first_seen_at <= sa.bindparam("now"))
    return query.where(any_of(s.player_id, "ids"), *recent, s.first_seen_at > known, *is_gain())


@cache
def _last_query() -> sa.Select[Any]:
    p, u = players.c, unlocks.c
    # max() would go through all unlocks of the player.
    newest = sa.select(u.unlocked_at).where(u.player_id == p.id, u.gone_at.is_(None))
    newest = newest.order_by(u.unlocked_at.desc()).limit(1)
    return sa.select(p.id, newest.scalar_subquery()).where(any_of(p.id, "ids"))
