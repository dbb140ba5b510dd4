"""Snapshots, changes, gaps, and the state as of any moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.core.monitoring.gaps import group_gaps
from syncer.store.db.streaming import RepeatableQuery, snapshot_transaction
from syncer.store.db.tables import IS_OPEN, games, snapshots, targets
from syncer.store.db.views import coverage_gaps, progress_changes

from .as_of import coverage_at, newest_as_of
from .base import Reader, Row

LATER = snapshots.alias("later")  # made once: an alias costs 0.4 ms
UNCHANGED_KINDS = ("baseline", "resumed")  # snapshots that begin without a change


def gap_count(tx: sa.Connection, player_id: int, since: datetime | None = None) -> int:
    """Return how many periods without polls ended since then; gaps of several games at once count once."""
    g = coverage_gaps.c
    query = sa.select(g.started_at, g.ended_at).where(g.player_id == player_id)
    query = query.where(g.ended_at >= since) if since else query
    # distinct(): an outage leaves the same gap in each of thousands of games.
    return len(group_gaps([dict(row) for row in tx.execute(query.distinct()).mappings()]))


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
        self, player_id: int, game_id: GameId, since: datetime | None, until: datetime | None
    ) -> Iterator[RepeatableQuery]:
        """Yield what snapshots() returns, streamed: constant memory, one consistent snapshot, re-iterable."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.player_id == player_id, c.game_id == game_id)
        query = query.where(c.last_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        with snapshot_transaction(self._database) as tx:
            # By id: a clock that is set back must not change the order (store/db/tables.py).
            yield RepeatableQuery(tx, query.order_by(c.id), self._database.name)

    def changes(
        self, player_ids: Sequence[int], since: datetime | None, until: datetime | None, *, everything: bool
    ) -> list[Row]:
        """Return what changed for these players, newest first. `everything`: baselines and resumed, too."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.player_id.in_(player_ids))
        query = query.where(c.first_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        query = query if everything else query.where(c.kind.not_in(UNCHANGED_KINDS))
        return self._rows(query.order_by(c.first_seen_at.desc(), c.id.desc()))

    def changes_after(self, snapshot_id: int) -> list[Row]:
        """Return what changed since that row was written, oldest first."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.id > snapshot_id, c.kind != "baseline")
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
            sa.select(t.game_id, games.c.title, s.first_seen_at, s.last_seen_at, t.expected_at)
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

    def gaps(self, player_id: int, now: datetime, gap_after: timedelta) -> list[Row]:
        """Return the gaps of each target, longest first; a gap that still lasts has no end."""
        g = coverage_gaps.c
        ended = self._rows(
            sa.select(g.game_id, g.title, g.started_at, g.ended_at).where(g.player_id == player_id)
        )
        current = [{**row, "ended_at": None} for row in self._rows(_late_targets(player_id, now - gap_after))]
        # started - ended is negative: ascending order puts the longest gap first, equal ones by game id.
        return sorted(
            ended + current, key=lambda gap: (gap["started_at"] - (gap["ended_at"] or now), gap["game_id"])
        )

    def gap_count(self, player_id: int, since: datetime | None = None) -> int:
        """Return how many periods without polls ended since then."""
        with self._database.reading() as tx:
            return gap_count(tx, player_id, since)


def _late_targets(player_id: int, expected_before: datetime) -> sa.Select[tuple[int, str, datetime]]:
    """Return followed targets whose promised poll did not come, each since its last poll."""
    t, s = targets.c, snapshots.c
    return (
        sa.select(t.game_id, games.c.title, s.last_seen_at.label("started_at"))
        .join_from(targets, games, games.c.id == t.game_id)
        # An inner join: before its first accepted poll a target has nothing that a gap could follow.
        .join(snapshots, sa.and_(s.player_id == t.player_id, s.game_id == t.game_id, IS_OPEN))
        .where(t.player_id == player_id, t.removed_at.is_(None), t.expected_at < expected_before)
    )


def _with_coverage(row: Row, moment: datetime, now: datetime, gap_after: timedelta) -> Row:
    gap_follows, expected_at = row.pop("gap_follows"), row.pop("expected_at")
    is_late = not (expected_at and now <= expected_at + gap_after)
    coverage = coverage_at(moment, row["last_seen_at"], gap_follows, is_late=is_late)
    return {**row, "coverage": coverage}
