"""Snapshots, changes, gaps, and the state as of any moment."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.streaming import RepeatableQuery, snapshot_transaction
from syncer.store.db.tables import games, snapshots, targets
from syncer.store.db.views import CHANGE_COLUMNS, coverage_gaps, progress_changes

from .as_of import coverage_at, newest_as_of
from .base import Reader, Row
from .change_details import DetailedChanges
from .promises import late_targets

TARGET_SCOPE = "target"  # of gaps in coverage_gaps
LATER = snapshots.alias("later")  # made once: an alias costs 0.4 ms
UNCHANGED_KINDS = ("baseline", "resumed")  # snapshots that begin without a change


class HistoryQueries(Reader):
    """What was recorded, for commands and pages; times are UTC."""

    def snapshots(
        self, player_id: int, game_id: GameId, since: datetime | None, until: datetime | None
    ) -> list[Row]:
        """Return the snapshots of one game, oldest first, with deltas and kinds of change."""
        with self.stream_snapshots(player_id, game_id, since, until) as found:
            return list(found)

    @contextmanager
    def stream_snapshots(
        self,
        player_id: int,
        game_id: GameId,
        since: datetime | None,
        until: datetime | None,
        *,
        detailed: bool = False,
    ) -> Iterator[Iterable[Row]]:
        """Yield what snapshots() returns, streamed: constant memory, one consistent snapshot, re-iterable.

        `detailed`: with the awards and unlocks of change_details.with_details().
        """
        c = progress_changes.c
        query = sa.select(*CHANGE_COLUMNS).where(c.player_id == player_id, c.game_id == game_id)
        query = query.where(c.last_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        with snapshot_transaction(self._database) as tx:
            # By id: a clock that is set back must not change the order (store/db/tables.py).
            rows = RepeatableQuery(tx, query.order_by(c.id), self._database.name)
            yield DetailedChanges(tx, rows) if detailed else rows

    def changes(
        self, player_ids: Sequence[int], since: datetime | None, until: datetime | None, *, everything: bool
    ) -> list[Row]:
        """Return what changed for these players, newest first. `everything`: baselines and resumed, too."""
        with self.stream_changes(player_ids, since, until, everything=everything) as found:
            return list(found)

    @contextmanager
    def stream_changes(
        self,
        player_ids: Sequence[int],
        since: datetime | None,
        until: datetime | None,
        *,
        everything: bool,
        detailed: bool = False,
    ) -> Iterator[Iterable[Row]]:
        """Yield what changes() returns, streamed as stream_snapshots() does."""
        c = progress_changes.c
        query = sa.select(*CHANGE_COLUMNS).where(c.player_id.in_(player_ids))
        query = query.where(c.first_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        query = query if everything else query.where(c.kind.not_in(UNCHANGED_KINDS))
        with snapshot_transaction(self._database) as tx:
            newest_first = query.order_by(c.first_seen_at.desc(), c.id.desc())
            rows = RepeatableQuery(tx, newest_first, self._database.name)
            yield DetailedChanges(tx, rows) if detailed else rows

    def changes_after(self, snapshot_id: int) -> list[Row]:
        """Return what changed since that row was written, oldest first."""
        c = progress_changes.c
        query = sa.select(*CHANGE_COLUMNS).where(c.id > snapshot_id, c.kind != "baseline")
        return self._rows(query.order_by(c.id))

    def state_at(
        self,
        player_id: int,
        moment: datetime,
        now: datetime,
        gap_after: timedelta,
        among: Sequence[GameId] | None = None,
    ) -> list[Row]:
        """Return the state at `moment` of every target followed then, or of all `among` some games.

        Each row has a `coverage`: known, between or gap. A target first polled later is left out.
        """
        t, later = targets.c, LATER.c
        newest, which = newest_as_of(moment, lateral=self._database.path is None)
        s = newest.c
        # Whether the time after a snapshot was a gap is stored in the snapshot that follows it.
        follows = (
            sa.select(later.after_gap)
            .where(later.player_id == t.player_id, later.game_id == t.game_id)
            .where(later.first_seen_at > s.first_seen_at)
            .order_by(later.first_seen_at)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            sa.select(t.game_id, games.c.title, s.first_seen_at, s.last_seen_at, t.promised_seconds)
            .add_columns(*(s[name] for name in PROGRESS_COLUMNS), follows.label("gap_follows"))
            .join_from(targets, games, games.c.id == t.game_id)
            .join(newest, which)
            .where(t.player_id == player_id)
            .order_by(t.game_id)
        )
        # A game that is asked for by its id keeps its last numbers, though no poll confirms them any more.
        followed = sa.or_(t.removed_at.is_(None), t.removed_at > moment)
        query = query.where(followed if among is None else t.game_id.in_(among))
        return [_with_coverage(row, moment, now, gap_after) for row in self._rows(query)]

    def target_gaps(self, player_id: int, now: datetime, gap_after: timedelta) -> list[Row]:
        """Return the gaps of each target, longest first; a gap that still lasts has no end."""
        g = coverage_gaps.c
        columns = (g.scope, g.game_id, g.title, g.started_at, g.ended_at)
        ended = self._rows(sa.select(*columns).where(g.player_id == player_id, g.scope == TARGET_SCOPE))
        late = self._rows(late_targets(player_id, now, gap_after))
        current = [{"scope": TARGET_SCOPE, **row, "ended_at": None} for row in late]
        # started - ended is negative: ascending order puts the longest gap first, equal ones by game id.
        return sorted(
            ended + current, key=lambda gap: (gap["started_at"] - (gap["ended_at"] or now), gap["game_id"])
        )

    def target_gap_count(self, player_id: int, since: datetime) -> int:
        """Return how many targets have a gap that ended since then."""
        g = coverage_gaps.c
        query = sa.select(sa.func.count(sa.distinct(g.game_id))).where(g.player_id == player_id)
        return self._count(query.where(g.scope == TARGET_SCOPE, g.ended_at >= since))


def _with_coverage(row: Row, moment: datetime, now: datetime, gap_after: timedelta) -> Row:
    gap_follows, seconds = row.pop("gap_follows"), row.pop("promised_seconds")
    is_late = now > row["last_seen_at"] + timedelta(seconds=seconds or 0) + gap_after
    coverage = coverage_at(moment, row["last_seen_at"], gap_follows, is_late=is_late)
    return {**row, "coverage": coverage}
