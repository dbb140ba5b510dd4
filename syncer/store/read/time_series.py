"""Questions of the charts: how numbers went over time."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.tables import snapshots, targets
from syncer.store.db.views import coverage_gaps, first_unlocks, progress_changes

from .as_of import newest_as_of
from .base import Reader, Row

FINE = timedelta(days=9)  # up to here each minute is told, then each hour
MEDIUM = timedelta(days=32)  # and from here on each day
MAX_ROWS = 20_000
MAX_ROUND = timedelta(days=1)
MINUTES, HOURS, DAYS = 16, 13, 10  # characters of a moment
WIDTH = {MINUTES: timedelta(minutes=1), HOURS: timedelta(hours=1), DAYS: timedelta(days=1)}


class TimeSeriesQueries(Reader):
    """All of one player; times are UTC."""

    def first_complete_poll(self, player_id: int) -> datetime | None:
        """When the first run had seen its last game; from here on the sums are whole.

        Between its first batch and its last one the sum of all games was never known: a part of it would
        look like a fall, and the numbers of a later batch, dated back, would be invented.
        """
        if (first := self._scalar(_first_poll(player_id))) is None:
            return None
        s = snapshots.c
        mine = (s.player_id == player_id, s.first_seen_at <= first + MAX_ROUND)
        run = sa.select(sa.func.min(s.run_id)).where(s.player_id == player_id, s.first_seen_at == first)
        last = sa.select(sa.func.max(s.first_seen_at)).where(*mine, s.verdict == "new")
        with self._database.reading() as tx:
            found: datetime | None = tx.scalar(last.where(s.run_id == run.scalar_subquery()))
            return found or first

    def totals_at(self, player_id: int, moment: datetime) -> tuple[int, int]:
        """Points, and hardcore points, of all games as they had been seen by then."""
        newest, which = newest_as_of(moment, lateral=self._database.path is None)
        sums = (sa.func.sum(newest.c.score_achieved), sa.func.sum(newest.c.score_achieved_hardcore))
        query = sa.select(*sums).select_from(targets).join(newest, which)
        with self._database.reading() as tx:
            points, hardcore = tx.execute(query.where(targets.c.player_id == player_id)).one()
        return points or 0, hardcore or 0

    def score_changes(self, player_id: int, since: datetime, until: datetime) -> list[Row]:
        """How much both sums moved, oldest first: by minute, hour or day, as long as it is.

        `at`: when that piece of time ends, and both are what they became. A first look moves them, too.
        """
        c = progress_changes.c
        points, hardcore = score_deltas()
        length = DAYS if until - since > MEDIUM else HOURS if until - since > FINE else MINUTES
        piece = self._start_of(c.first_seen_at, length).label("piece")
        query = sa.select(piece, sa.func.sum(points).label("points"), sa.func.sum(hardcore).label("hardcore"))
        query = query.where(c.player_id == player_id, c.first_seen_at > since, c.first_seen_at <= until)
        rows = self._rows(query.group_by("piece").order_by("piece"))
        return [{**row, "at": min(_moment(row["piece"]) + WIDTH[length], until)} for row in rows]

    def points_unlocked(self, player_id: int, moment: datetime) -> list[Row]:
        """Points per UTC day by what the site tells of unlocks, from before anybody looked."""
        u = first_unlocks.c
        piece = self._start_of(u.unlocked_at, DAYS).label("piece")
        query = sa.select(piece, sa.func.sum(u.points).label("points"), hardcore_points())
        query = query.where(is_of_target(player_id), u.unlocked_at < moment)
        rows = self._rows(query.group_by("piece").order_by("piece"))
        return [{**row, "at": min(_moment(row["piece"]) + WIDTH[DAYS], moment)} for row in rows]

    def gaps_between(self, player_id: int, since: datetime, until: datetime) -> list[Row]:
        """When some game was not looked at, oldest first."""
        g = coverage_gaps.c
        query = sa.select(g.game_id, g.started_at, g.ended_at)
        query = query.where(g.player_id == player_id, g.ended_at > since, g.ended_at <= until)
        return self._rows(query.order_by(g.ended_at, g.game_id))

    def snapshots_between(
        self, player_id: int, game_id: GameId, since: datetime, until: datetime
    ) -> list[Row]:
        """The stretches of one game that reach into that time, oldest first; of very many, the newest."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.player_id == player_id, c.game_id == game_id)
        query = query.where(c.last_seen_at >= since, c.first_seen_at <= until)
        return self._rows(query.order_by(c.first_seen_at.desc()).limit(MAX_ROWS))[::-1]

    def _start_of(self, moment: sa.ColumnElement[datetime], length: int) -> sa.ColumnElement[str]:
        """So many characters of the moment, in UTC, on both databases."""
        if self._database.path:
            return sa.func.substr(sa.type_coerce(moment, sa.Text), 1, length)
        text = sa.func.to_char(sa.func.timezone("UTC", moment), "YYYY-MM-DD HH24:MI")
        return sa.func.substr(text, 1, length)


def _first_poll(player_id: int) -> sa.Select[tuple[datetime]]:
    return sa.select(sa.func.min(snapshots.c.first_seen_at)).where(snapshots.c.player_id == player_id)


def score_deltas() -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    """By how much a stretch moved points and hardcore points; a first look brings all that it saw."""
    c = progress_changes.c
    points = sa.func.coalesce(c.score_achieved_delta, c.score_achieved)
    return points, sa.func.coalesce(c.score_achieved_hardcore_delta, c.score_achieved_hardcore)


def hardcore_points() -> sa.Label[int]:
    u = first_unlocks.c
    return sa.func.coalesce(sa.func.sum(u.points).filter(u.hardcore.is_(True)), 0).label("hardcore")


def is_of_target(player_id: int) -> sa.ColumnElement[bool]:
    """Unlocks of games that are or were looked at: the account may have others."""
    mine = sa.select(targets.c.game_id).where(targets.c.player_id == player_id)
    return sa.and_(first_unlocks.c.player_id == player_id, first_unlocks.c.game_id.in_(mine))


def _moment(piece: str) -> datetime:
    return datetime.fromisoformat(piece if len(piece) != HOURS else f"{piece}:00").replace(tzinfo=UTC)
