"""Points over time, for the charts."""

from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa

from syncer.core.formats.timestamps import MILLISECOND
from syncer.core.model.progress import GameId
from syncer.store.db.local_days import end_of_day
from syncer.store.db.tables import counts, snapshots, targets
from syncer.store.db.views import CHANGE_COLUMNS, first_unlocks, progress_changes

from .as_of import newest_as_of
from .base import Reader, Row
from .days import rows_by_day

MINUTES, HOURS = 16, 13  # characters of a timestamp that name its minute or hour
BUCKET = {MINUTES: timedelta(minutes=1), HOURS: timedelta(hours=1)}
MAX_SPAN_BY_MINUTE = timedelta(days=9)  # a longer window is summed by hour
MAX_SPAN_BY_HOUR = timedelta(days=32)  # and a still longer one by day
MAX_ROWS = 20_000
MAX_FIRST_RUN = timedelta(days=1)  # no index holds run_id: the first run is searched in this range


class TimeSeriesQueries(Reader):
    """Points of one player over time; times are UTC.

    A curve of any length costs a bounded number of points, in two steps. First, the database aggregates the
    changes into fixed time buckets (time-bucket aggregation, as `date_trunc` or a time-series database does
    it): the running sum of the deltas of each minute, hour or day, depending on the window, starting from the
    total as of its beginning. That reads each change once, in index order, and returns at most about 13,000
    rows for nine days by minute. Second, web/api/chart_series.py reduces them to the 1,500 points that a
    screen can show by min-max downsampling (core/formats/downsample.py). The sums stay exact at the end of
    each bucket; inside a bucket only the order of changes is lost.
    """

    def first_complete_poll(self, player_id: int) -> datetime | None:
        """Return when the first run had polled its last game; from then on the sums are complete.

        Between the first batch and the last one the sum of all games was never known: a partial sum would
        look like a loss, and numbers of a later batch, dated back, would be invented.
        """
        s = snapshots.c
        first = self._scalar(sa.select(sa.func.min(s.first_seen_at)).where(s.player_id == player_id))
        if first is None:
            return None
        mine = (s.player_id == player_id, s.first_seen_at <= first + MAX_FIRST_RUN)
        run = sa.select(sa.func.min(s.run_id)).where(s.player_id == player_id, s.first_seen_at == first)
        last = sa.select(sa.func.max(s.first_seen_at)).where(*mine, s.verdict == "new")
        found: datetime | None = self._scalar(last.where(s.run_id == run.scalar_subquery()))
        return found or first

    def first_poll_of(self, player_id: int, game_id: GameId) -> datetime | None:
        """Return when the first snapshot of a game began; None: it was not polled yet."""
        s = snapshots.c
        first = sa.select(sa.func.min(s.first_seen_at)).where(s.player_id == player_id, s.game_id == game_id)
        found: datetime | None = self._scalar(first)
        return found

    def gap_after(self, player_id: int, game_id: GameId, moment: datetime) -> bool | None:
        """Return whether the next snapshot after a moment followed a gap; None: there is none."""
        s = snapshots.c
        following = sa.select(s.after_gap).where(s.player_id == player_id, s.game_id == game_id)
        following = following.where(s.first_seen_at > moment).order_by(s.first_seen_at).limit(1)
        found: bool | None = self._scalar(following)
        return found

    def totals_at(self, player_id: int, moment: datetime) -> tuple[int, int]:
        """Return the points and hardcore points of all games as of `moment`."""
        newest, which = newest_as_of(moment, lateral=self._database.path is None)
        sums = (sa.func.sum(newest.c.score_achieved), sa.func.sum(newest.c.score_achieved_hardcore))
        query = sa.select(*sums).select_from(targets).join(newest, which)
        query = query.where(targets.c.player_id == player_id, counts(targets.c.game_id))
        with self._database.reading() as tx:
            points, hardcore = tx.execute(query).one()
        return points or 0, hardcore or 0

    def score_changes(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        """Return by how much both sums changed in each minute, hour or day of the window, oldest first.

        Days are those of the zone. `at`: the end of the bucket, when both sums had their new values. A first
        poll changes them, too.
        """
        length = _bucket_length(until - since)
        if length is None:
            rows = self._by_day(player_id, zone, since, until)
        else:
            rows = self._by_bucket(player_id, length, since, until)
        # The last bucket may end after the window, and no point may lie in the future.
        return [{**row, "at": min(_end(row["bucket"], length, zone), until)} for row in rows]

    def _by_day(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> list[Row]:
        s = snapshots.c
        # totals_at(since) includes what changed at `since` itself; the sums continue from there.
        span = (since + MILLISECOND, until + MILLISECOND)
        mine = (s.player_id == player_id, counts(s.game_id))
        rows = rows_by_day(self._database, zone, span, s.first_seen_at, _summed(), *mine)
        return [{"bucket": row.pop("day"), **row} for row in rows]

    def _by_bucket(self, player_id: int, length: int, since: datetime, until: datetime) -> list[Row]:
        s = snapshots.c
        bucket = self._bucket(s.first_seen_at, length).label("bucket")
        query = sa.select(bucket, *(made.label(name) for name, made in _summed().items()))
        # As in _by_day: what changed at `since` is left out.
        query = query.where(s.player_id == player_id, s.first_seen_at > since, s.first_seen_at <= until)
        return self._rows(query.where(counts(s.game_id)).group_by("bucket").order_by("bucket"))

    def snapshots_between(
        self, player_id: int, game_id: GameId, since: datetime, until: datetime
    ) -> list[Row]:
        """Return the snapshots of one game that overlap the window, oldest first; the newest MAX_ROWS."""
        c = progress_changes.c
        query = sa.select(*CHANGE_COLUMNS).where(c.player_id == player_id, c.game_id == game_id)
        query = query.where(c.last_seen_at >= since, c.first_seen_at <= until)
        return self._rows(query.order_by(c.first_seen_at.desc()).limit(MAX_ROWS))[::-1]

    def _bucket(self, moment: sa.ColumnElement[datetime], length: int) -> sa.ColumnElement[str]:
        """Return the first characters of the timestamp in UTC: equal on both databases."""
        if self._database.path is not None:
            # Stored as text; without the coercion the type Moment would try to read the part as a time.
            return sa.func.substr(sa.type_coerce(moment, sa.Text), 1, length)
        text = sa.func.to_char(sa.func.timezone("UTC", moment), "YYYY-MM-DD HH24:MI")
        return sa.func.substr(text, 1, length)


def _summed() -> dict[str, sa.ColumnElement[int]]:
    points, hardcore = score_deltas()
    return {"points": sa.func.sum(points), "hardcore": sa.func.sum(hardcore)}


def score_deltas() -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    """Return by how much a snapshot changed points and hardcore points; the first one adds all its points."""
    s = snapshots.c
    points = sa.func.coalesce(s.score_achieved_delta, s.score_achieved)
    return points, sa.func.coalesce(s.score_achieved_hardcore_delta, s.score_achieved_hardcore)


def hardcore_points() -> sa.ColumnElement[int]:
    """Return the sum of the points that were unlocked in hardcore."""
    u = first_unlocks.c
    return sa.func.coalesce(sa.func.sum(u.points).filter(u.hardcore.is_(True)), 0)


def is_of_target(player_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for unlocks of games that are or were targets: the account may have others."""
    mine = sa.select(targets.c.game_id).where(targets.c.player_id == player_id)
    # `+ 0`: SQLite would search the index of games once for each target, and so for each day of a curve.
    return sa.and_(first_unlocks.c.player_id == player_id, (first_unlocks.c.game_id + 0).in_(mine))


def _bucket_length(window: timedelta) -> int | None:
    """Return the characters of a timestamp that make the bucket; None: a day of the zone."""
    if window <= MAX_SPAN_BY_MINUTE:
        return MINUTES
    return HOURS if window <= MAX_SPAN_BY_HOUR else None


def _end(bucket: str, length: int | None, zone: tzinfo) -> datetime:
    if length is None:
        return end_of_day(bucket, zone)
    text = f"{bucket}:00" if length == HOURS else bucket
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + BUCKET[length]
