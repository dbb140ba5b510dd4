"""Achievements and points by day of a time zone, for the calendar and the table of the overview."""

from datetime import date, datetime, timedelta, tzinfo

import sqlalchemy as sa

from syncer.core.formats.timestamps import MILLISECOND, start_of
from syncer.core.model.progress import EPOCH
from syncer.store.db.local_days import days_between, days_with_rows, end_of_day
from syncer.store.db.moment import Moment
from syncer.store.db.tables import counts, players, snapshots, unlocks
from syncer.store.db.views import first_unlocks

from .base import Reader, Row
from .days import rows_by_day
from .time_series import hardcore_points, is_of_target, score_deltas

DAY, FIRST_WINDOW = timedelta(days=1), timedelta(days=400)
# Null, so left out, while it is not decided.
NEW = snapshots.c.num_achieved_delta - snapshots.c.restored_achievements
NEW_POINTS = snapshots.c.score_achieved_delta - snapshots.c.restored_points


class DailyQueries(Reader):
    """Daily sums of one player; times are UTC, days are those of the given zone."""

    def point_changes(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return by how much points and hardcore points changed, for each day on which one of them did."""
        s = snapshots.c
        points, hardcore = score_deltas()
        sums = {"points": sa.func.sum(points), "hardcore": sa.func.sum(hardcore)}
        # A change at `since` itself is part of the total as of `since`, to which these are added.
        span = (since + MILLISECOND, until + MILLISECOND)
        changed = sa.or_(points != 0, hardcore != 0)
        mine = (s.player_id == player_id, counts(s.game_id), changed)
        return rows_by_day(self._database, zone, span, s.first_seen_at, sums, *mine)

    def points_unlocked(
        self, player_id: int, zone: tzinfo, until: datetime, since: datetime = EPOCH
    ) -> list[Row]:
        """Return the points of each day from `since` to before `until`, as the site dates the unlocks.

        `at`: when the day ended. Only followed games: the curve of these continues from there.
        """
        u = first_unlocks.c
        sums = {"points": sa.func.sum(u.points), "hardcore": hardcore_points()}
        mine = is_of_target(player_id)
        rows = rows_by_day(self._database, zone, (since, until), u.unlocked_at, sums, mine)
        return [{**row, "at": min(end_of_day(row["day"], zone), until)} for row in rows]

    def points_before(self, player_id: int, moment: datetime) -> tuple[int, int]:
        """Return the points and hardcore points of what points_unlocked() counts before a moment."""
        u = first_unlocks.c
        query = sa.select(sa.func.sum(u.points), hardcore_points())
        with self._database.reading() as tx:
            points, hardcore = tx.execute(query.where(is_of_target(player_id), u.unlocked_at < moment)).one()
        return points or 0, hardcore

    def unlocks(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return achievements and points of each day, of the whole account, as the site dates the unlocks."""
        u = first_unlocks.c
        sums = {"achievements": sa.func.count(), "points": sa.func.sum(u.points)}
        mine = u.player_id == player_id
        return rows_by_day(self._database, zone, (since, until), u.unlocked_at, sums, mine)

    def gone_points(self, player_id: int, zone: tzinfo, until: datetime) -> dict[date, int]:
        """Return the points of each day that were unlocked then and are gone now, as after a reset.

        As in other sums, an achievement that was unlocked already counts no more, nor does one twice on a
        day: the site may have corrected its date.
        """
        u, e, same_day = unlocks.c, unlocks.alias("earlier").c, unlocks.alias("current").c
        mine = (e.player_id == u.player_id, e.achievement_id == u.achievement_id)
        softcore_first = sa.and_(e.unlocked_at == u.unlocked_at, u.hardcore, ~e.hardcore)
        was_there = sa.or_(e.gone_at.is_(None), e.gone_at >= u.unlocked_at)
        again = sa.exists().where(*mine, sa.or_(e.unlocked_at < u.unlocked_at, softcore_first), was_there)
        current = sa.select(sa.func.min(same_day.unlocked_at)).where(same_day.gone_at.is_(None))
        current = current.where(
            same_day.player_id == u.player_id, same_day.achievement_id == u.achievement_id
        )
        query = sa.select(u.achievement_id, u.unlocked_at, u.points, current.scalar_subquery())
        query = query.where(u.player_id == player_id, u.gone_at.is_not(None), ~again)
        query = query.where(u.unlocked_at < until, counts(u.game_id))
        found: dict[tuple[date, int], int] = {}
        with self._database.reading() as tx:
            for achievement, at, points, counted_at in tx.execute(query):
                day = at.astimezone(zone).date()
                if counted_at is None or counted_at.astimezone(zone).date() != day:
                    found[day, achievement] = points
        sums: dict[date, int] = {}
        for (day, _), points in found.items():
            sums[day] = sums.get(day, 0) + points
        return sums

    def observed_gains(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return achievements and points of each day in followed games, dated by the polls that show them.

        For the time since unlocks were read. A set that came back is no gain, nor is what came back in it.
        """
        s = snapshots.c
        sums = {"achievements": sa.func.sum(NEW), "points": sa.func.sum(NEW_POINTS)}
        mine = (s.player_id == player_id, *is_gain())
        # A change at midnight belongs to the day that begins, so the start is included and the end is not.
        return rows_by_day(self._database, zone, (since, until), s.first_seen_at, sums, *mine)

    def streak_before(self, player_id: int, zone: tzinfo, day: date, earliest: date) -> int:
        """Return on how many days in a row, up to the day before this one, something was unlocked.

        `earliest`: nothing was unlocked before that day. Most streaks end within the first days that are
        read; for others a window doubles (exponential search).
        """
        u, end, length = first_unlocks.c, day, FIRST_WINDOW
        with self._database.reading() as tx:
            while end >= earliest:
                begin = max(earliest - DAY, end - length)
                days = days_between(zone, start_of(begin, zone), start_of(end, zone))
                active = days_with_rows(tx, days, u.unlocked_at, u.player_id, [player_id])[player_id]
                quiet = next((name for name, *_ in reversed(days) if name not in active), None)
                if quiet is not None:
                    return (day - date.fromisoformat(quiet)).days - 1
                end, length = begin, 2 * length
        return 0

    def first_unlock(self, player_id: int) -> datetime | None:
        """Return when the player's first unlock that is not gone happened."""
        mine = (unlocks.c.player_id == player_id, unlocks.c.gone_at.is_(None))
        found: datetime | None = self._scalar(sa.select(sa.func.min(unlocks.c.unlocked_at)).where(*mine))
        return found

    def unlocks_synced_until(self, player_id: int) -> datetime | None:
        """Return up to when all unlocks are stored; while they are read again, the time of the newest one.

        None: they were never read, so that nothing is known about a day, not even that it had none.
        """
        found: datetime | None = self._scalar(known_until().where(players.c.id == player_id))
        return found


def known_until() -> sa.Select[tuple[datetime]]:
    """Return the query of up to when unlocks of players are stored, for unlocks_synced_until()."""
    p, newest = players.c, unlocks.alias("newest").c
    last = sa.select(newest.unlocked_at).where(newest.player_id == p.id).correlate(players)
    last = last.order_by(newest.unlocked_at.desc()).limit(1)
    known = sa.func.coalesce(p.unlocks_synced_until, last.scalar_subquery(), type_=Moment)
    return sa.select(known.label("known"))


def is_gain() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of snapshots that gained achievements; events do not count."""
    s = snapshots.c
    # possible == delta: the set was empty before, so what it brings back was unlocked earlier.
    possible, delta = s.num_possible_achievements, s.num_possible_achievements_delta
    return counts(s.game_id), s.num_achieved_delta > 0, NEW > 0, possible > 0, possible > delta
