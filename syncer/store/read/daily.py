"""Achievements and points by day of a time zone, for the calendar and the table of the overview."""

from datetime import datetime, tzinfo

import sqlalchemy as sa

from syncer.store.db.local_days import local_day
from syncer.store.db.tables import counts, players, unlocks
from syncer.store.db.views import first_unlocks, progress_changes

from .base import Reader, Row
from .time_series import hardcore_points, is_of_target, score_deltas


class DailyQueries(Reader):
    """Daily sums of one player; times are UTC, days are those of the given zone."""

    def point_changes(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return by how much points and hardcore points changed, for each day on which one of them did."""
        c = progress_changes.c
        points, hardcore = score_deltas()
        day = self._day_of(c.first_seen_at, zone, since, until)
        query = sa.select(day, sa.func.sum(points).label("points"), sa.func.sum(hardcore).label("hardcore"))
        # A change at `since` itself is part of the total as of `since`, to which these are added.
        query = query.where(c.player_id == player_id, c.first_seen_at > since, c.first_seen_at <= until)
        query = query.where(counts(c.game_id), sa.or_(points != 0, hardcore != 0))
        return self._rows(query.group_by("day").order_by("day"))

    def points_unlocked(self, player_id: int, zone: tzinfo, until: datetime) -> list[Row]:
        """Return the points of each day before `until`, as the site dates the unlocks."""
        u = first_unlocks.c
        # local_day() goes through the window day by day, so it begins with the first unlock and not in 1970.
        day = self._day_of(u.unlocked_at, zone, self.first_unlock(player_id) or until, until)
        query = sa.select(day, sa.func.sum(u.points).label("points"), hardcore_points())
        query = query.where(is_of_target(player_id), u.unlocked_at < until)
        return self._rows(query.group_by("day").order_by("day"))

    def unlocks(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return achievements and points of each day, as the site dates the unlocks."""
        u = first_unlocks.c
        day = self._day_of(u.unlocked_at, zone, since, until)
        query = sa.select(day, sa.func.count().label("achievements"), sa.func.sum(u.points).label("points"))
        query = query.where(is_of_target(player_id), u.unlocked_at >= since, u.unlocked_at < until)
        return self._rows(query.group_by("day").order_by("day"))

    def observed_gains(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return achievements and points of each day, dated by the polls that returned them.

        For players whose unlocks are not read. A set that came back is no gain, nor is what came back in it.
        """
        c = progress_changes.c
        day = self._day_of(c.first_seen_at, zone, since, until)
        new = c.num_achieved_delta - c.restored_achievements  # null, so left out, while it is not decided
        gained = (sa.func.sum(new), sa.func.sum(c.score_achieved_delta - c.restored_points))
        query = sa.select(day, gained[0].label("achievements"), gained[1].label("points"))
        # A change at midnight belongs to the day that begins, so the start is included and the end is not.
        query = query.where(c.player_id == player_id, c.first_seen_at >= since, c.first_seen_at < until)
        # possible == delta: the set was empty before, so what it brings back was unlocked earlier.
        possible, delta = c.num_possible_achievements, c.num_possible_achievements_delta
        query = query.where(c.num_achieved_delta > 0, new > 0, possible > 0, possible > delta)
        query = query.where(counts(c.game_id))
        return self._rows(query.group_by("day").order_by("day"))

    def first_unlock(self, player_id: int) -> datetime | None:
        """Return when the player's first stored unlock happened."""
        first = sa.select(sa.func.min(unlocks.c.unlocked_at)).where(unlocks.c.player_id == player_id)
        found: datetime | None = self._scalar(first)
        return found

    def unlocks_synced_until(self, player_id: int) -> datetime | None:
        """Return up to when all unlocks are stored; while they are read again, the time of the newest one."""
        newest = sa.select(sa.func.max(unlocks.c.unlocked_at)).where(unlocks.c.player_id == player_id)
        known = sa.select(players.c.unlocks_synced_until).where(players.c.id == player_id)
        with self._database.reading() as tx:
            last: datetime | None = tx.scalar(newest)
            return (tx.scalar(known) or last) if last else None

    def _day_of(
        self, moment: sa.ColumnElement[datetime], zone: tzinfo, since: datetime, until: datetime
    ) -> sa.Label[str]:
        sqlite = self._database.path is not None
        found: sa.Label[str] = local_day(moment, zone, since, until, sqlite=sqlite).label("day")
        return found
