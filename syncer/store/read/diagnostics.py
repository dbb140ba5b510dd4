"""Questions about how the looking goes: for doctor, plan and health."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.estimate import RowSize
from syncer.core.model.decision import RejectionReason
from syncer.core.model.progress import GameId
from syncer.core.monitoring.outages import group_gaps
from syncer.store.db.tables import IS_OPEN, NAMELESS, games, rejections, runs, snapshots, targets
from syncer.store.db.views import coverage_gaps

from .base import Row
from .consistency import ConsistencyQueries, missing_unlock_count
from .health import HealthQueries

SQLITE_ROWS = RowSize(snapshot=170, run=96)
POSTGRES_ROWS = RowSize(snapshot=240, run=160)


class DiagnosticsQueries(ConsistencyQueries, HealthQueries):
    """All by player; times are UTC."""

    def last_run(self, player_id: int | None) -> Row | None:
        """None: the last one that did not get to know its player."""
        query = sa.select(runs).where(runs.c.player_id == player_id).order_by(runs.c.id.desc()).limit(1)
        return next(iter(self._rows(query)), None)

    def runs_since(self, player_id: int, since: datetime, now: datetime) -> tuple[int, float]:
        """How many runs that looked were begun since then, and in how many days of following."""
        mine = sa.and_(runs.c.player_id == player_id, runs.c.targets_seen > 0)
        looked = sa.select(sa.func.count()).select_from(runs).where(mine, runs.c.started_at >= since)
        known = sa.select(sa.func.min(targets.c.added_at)).where(targets.c.player_id == player_id)
        with self._database.reading() as tx:
            first, count = tx.scalar(known), tx.scalar(looked)
        return int(count or 0), (now - max(first, since)) / timedelta(days=1) if first else 0.0

    def overdue(self, player_id: int, expected_before: datetime) -> list[GameId]:
        """Followed games whose look was promised for earlier than that."""
        t = targets.c
        late = (t.player_id == player_id, t.removed_at.is_(None), t.expected_at < expected_before)
        return [row["game_id"] for row in self._rows(sa.select(t.game_id).where(*late).order_by(t.game_id))]

    def absences(self, player_id: int, since: datetime | None = None) -> int:
        """Stretches of time, ended since then, in which some games were not looked at."""
        g = coverage_gaps.c
        query = sa.select(g.started_at, g.ended_at).where(g.player_id == player_id)
        query = query.where(g.ended_at >= since) if since else query
        return len(group_gaps(self._rows(query.distinct())))

    def failing(self, player_id: int) -> list[GameId]:
        t = targets.c
        query = sa.select(t.game_id).where(t.player_id == player_id, t.removed_at.is_(None), t.failures > 0)
        return [row["game_id"] for row in self._rows(query.order_by(t.game_id))]

    def without_achievements(self, player_id: int, *, source: str | None = None) -> list[GameId]:
        """Followed games that show none: there is no such game, or no set (site-api.md 5.1).

        With `source` those of it only: what was played is no typing error, it has no set any more.
        """
        s, t = snapshots.c, targets.c
        same = sa.and_(t.player_id == s.player_id, t.game_id == s.game_id)
        query = sa.select(s.game_id).join(targets, same).order_by(s.game_id)
        query = query.where(s.player_id == player_id, IS_OPEN, t.removed_at.is_(None))
        query = query.where(t.source == source) if source else query
        with self._database.reading() as tx:
            return list(tx.scalars(query.where(s.num_possible_achievements == 0)))

    def suspect_games(self, player_id: int, since: datetime) -> list[GameId]:
        """Games with an answer that looks wrong and was neither confirmed nor disproved since."""
        r = rejections.c
        suspect = r.reason.in_(
            (RejectionReason.SUSPECT_ZERO, RejectionReason.MASS_DROP, RejectionReason.HARDCORE_ABOVE_ALL)
        )
        stands = sa.and_(r.confirmed_at.is_(None), r.ended_at.is_(None), r.last_seen_at >= since)
        query = sa.select(r.game_id).where(r.player_id == player_id, suspect, stands).distinct()
        return [row["game_id"] for row in self._rows(query.order_by(r.game_id))]

    def untitled_games(self, game_ids: Collection[GameId]) -> int:
        """How many of them nothing has named, and nobody was asked about."""
        told = sa.select(games.c.id).where(sa.not_(NAMELESS))
        with self._database.reading() as tx:
            return len(set(game_ids) - set(tx.scalars(told)))

    def extent(self, player_id: int) -> tuple[int, int]:
        """How many games are followed because they were played; unlocks that counts show and nothing told."""
        t = targets.c
        played = (t.player_id == player_id, t.source == "played", t.removed_at.is_(None))
        games_played = self._count(sa.select(sa.func.count()).select_from(targets).where(*played))
        with self._database.reading() as tx:
            return games_played, missing_unlock_count(tx, player_id)

    def snapshots_after(self, moment: datetime) -> int:
        """Stretches that were last seen after it."""
        query = sa.select(sa.func.count()).select_from(snapshots).where(snapshots.c.last_seen_at > moment)
        return self._count(query.where(IS_OPEN))

    def observed_changes(self, player_id: int, since: datetime) -> tuple[int, float]:
        """How many changes were stored since then, and in how many days, summed over the games."""
        s = snapshots.c
        mine = sa.and_(s.player_id == player_id, s.last_seen_at >= since)
        columns = (sa.func.min(s.first_seen_at), sa.func.max(s.last_seen_at))
        changed = sa.func.count().filter(s.verdict != "new", s.first_seen_at >= since)
        games_seen = sa.func.count(sa.distinct(s.game_id))
        with self._database.reading() as tx:
            first, last, changes, seen = tx.execute(
                sa.select(*columns, changed, games_seen).where(mine)
            ).one()
        return changes, seen * (last - max(first, since)) / timedelta(days=1) if first else 0.0

    @property
    def weight(self) -> RowSize:
        return SQLITE_ROWS if self._database.path else POSTGRES_ROWS
