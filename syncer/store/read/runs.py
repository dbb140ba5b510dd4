"""Runs: the last one, how many there were, and one that was interrupted."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.run import RunMark, RunOutcome
from syncer.store.db.account_tables import account_polls
from syncer.store.db.parameters import PLAYER, is_among
from syncer.store.db.tables import runs, targets

from .base import Reader, Row
from .mass_drops import standing_drop

# A process that is killed leaves RUNNING behind, until the player's next run is opened.
CUT_SHORT = (RunOutcome.INTERRUPTED.value, RunOutcome.RUNNING.value, RunOutcome.DEFERRED.value)

NEWEST_RUN = (  # by id and not by time: the clock may have been set back between two runs
    sa.select(runs.c.id, runs.c.recorded_batches)
    .where(runs.c.player_id == PLAYER)
    .order_by(runs.c.id.desc())
    .limit(1)
)


def last_run(tx: sa.Connection, player_id: int | None) -> Row | None:
    """Return the player's last run. None: the last run that did not resolve its player."""
    # By id and not by time: the clock may have been set back between two runs.
    query = sa.select(runs).where(runs.c.player_id == player_id).order_by(runs.c.id.desc()).limit(1)
    row = tx.execute(query).mappings().first()
    return dict(row) if row else None


def newest_run(tx: sa.Connection, player_id: int) -> RunMark | None:
    """Return the player's newest run; None: there was none."""
    row = tx.execute(NEWEST_RUN, {"player": player_id}).one_or_none()
    return RunMark(*row) if row else None


def interrupted_run_started_at(tx: sa.Connection, player_id: int) -> datetime | None:
    """Return when the first of the runs began that follow the last finished one and were cut short."""
    first: datetime | None = tx.scalar(_interrupted_query(), {"player": player_id})
    return first


@cache
def _interrupted_query() -> sa.Select[Any]:
    mine, over = runs.c.player_id == PLAYER, sa.not_(is_among(runs.c.outcome, CUT_SHORT))
    ended = sa.select(sa.func.coalesce(sa.func.max(runs.c.id), 0)).where(mine, over).scalar_subquery()
    return sa.select(sa.func.min(runs.c.started_at)).where(mine, runs.c.id > ended)


class RunQueries(Reader):
    """Runs of one player; times are UTC."""

    def last(self, player_id: int | None) -> Row | None:
        """Return the player's last run. None: the last run that did not resolve its player."""
        with self._database.reading() as tx:
            return last_run(tx, player_id)

    def unresolved_failure(self) -> Row | None:
        """Return the last run that failed before it resolved its player.

        `resolved_at`: when a player was polled for the first time after it; None: none was.
        """
        a, r = account_polls.c, runs.c
        first = sa.select(sa.func.min(a.first_seen_at).label("at")).group_by(a.player_id).subquery().c.at
        resolved = sa.select(sa.func.min(first)).where(first > r.started_at).correlate(runs)
        query = sa.select(runs, resolved.scalar_subquery().label("resolved_at"))
        query = query.where(r.player_id.is_(None)).order_by(r.id.desc()).limit(1)
        row = self._first(query)
        return row if row and row["error"] else None

    def interrupted_started_at(self, player_id: int) -> datetime | None:
        """Return when the first of the runs began that follow the last finished one and were cut short."""
        with self._database.reading() as tx:
            return interrupted_run_started_at(tx, player_id)

    def standing_drop(self, player_id: int) -> MassDrop | None:
        """Return the mass drop that waits for its confirmation, with the games that fell."""
        with self._database.reading() as tx:
            return standing_drop(tx, player_id)

    def count_since(self, player_id: int, since: datetime, now: datetime) -> tuple[int, float]:
        """Return how many runs with polls began since then, and the days in which targets existed."""
        # A run without an accepted answer, as during an outage, has kept no promise.
        mine = sa.and_(runs.c.player_id == player_id, runs.c.targets_seen > 0)
        polled = sa.select(sa.func.count()).select_from(runs).where(mine, runs.c.started_at >= since)
        added = sa.select(sa.func.min(targets.c.added_at)).where(targets.c.player_id == player_id)
        with self._database.reading() as tx:
            first, count = tx.scalar(added), tx.scalar(polled)
        return int(count or 0), (now - max(first, since)) / timedelta(days=1) if first else 0.0
