"""How up to date each player is, in one query for all."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.unreadable import LISTING_ENDPOINT
from syncer.core.model.consistency import Points
from syncer.core.model.run import RunOutcome
from syncer.core.monitoring.health import NEGLECTED_AFTER, PlayerHealth, Tolerance
from syncer.store.db.account_tables import account_polls, consistency_checks
from syncer.store.db.parameters import is_among
from syncer.store.db.tables import counts, players, rejections, runs, snapshots, targets

from .account_polls import IS_OPEN_ACCOUNT
from .base import Reader
from .promises import OPEN_SNAPSHOT, expected_at, is_due
from .sum_checks import SNAPSHOTS, newest_check_id

COUNTED = ("targets", "due", "overdue", "neglected", "failing")
PROMISED = ("promised_seconds", "target_seconds", "oldest_poll_at")


class HealthQueries(Reader):
    """The health of all players; times are UTC."""

    def player_health(
        self, now: datetime, tolerance: Tolerance, player_id: int | None = None
    ) -> list[PlayerHealth]:
        """Return the health of each player with active targets, or only of one."""
        a, p, c = account_polls.c, players.c, consistency_checks.c
        active = _active_targets(now, tolerance)
        active = active if player_id is None else active.where(targets.c.player_id == player_id)
        counted = active.subquery()
        query = (
            sa.select(p.username, p.config_name, p.ulid, a.last_seen_at, a.promised_seconds, counted)
            .join_from(players, counted, counted.c.player_id == p.id)
            .add_columns((c.site_hardcore - c.ours_hardcore).label("hardcore"))
            .add_columns((c.site_softcore - c.ours_softcore).label("softcore"))
            .outerjoin(account_polls, sa.and_(a.player_id == p.id, IS_OPEN_ACCOUNT))
            .outerjoin(consistency_checks, c.id == newest_check_id(SNAPSHOTS))
        )
        return [_player_health(row, tolerance) for row in self._rows(query.order_by(p.id))]

    def has_failed_run(self) -> bool:
        """Return whether the last run of a followed player failed; one that was cut short does not count."""
        with self._database.reading() as tx:
            return bool(tx.scalar(_failed_run_query()))

    def is_listing_unreadable(self, player_id: int) -> bool:
        """Return whether nothing is followed, as the listing had rows of which none could be read."""
        r, t = rejections.c, targets.c
        of_listing = sa.and_(r.player_id == player_id, r.endpoint == LISTING_ENDPOINT)
        stands = sa.exists().where(of_listing, r.ended_at.is_(None))
        followed = sa.exists().where(t.player_id == player_id, t.removed_at.is_(None))
        with self._database.reading() as tx:
            return bool(tx.scalar(sa.select(sa.and_(stands, sa.not_(followed)))))

    def is_abandoned(self, player_id: int) -> bool:
        """Return whether games were followed, and none is any more; an event is none."""
        t = targets.c
        mine = sa.select(t.game_id).where(t.player_id == player_id, counts(t.game_id))
        removed, active = mine.where(t.removed_at.is_not(None)), mine.where(t.removed_at.is_(None))
        with self._database.reading() as tx:
            return bool(tx.scalar(sa.select(sa.and_(removed.exists(), sa.not_(active.exists())))))


@cache
def _failed_run_query() -> sa.Select[Any]:
    """Return the query of whether a last run failed; each is looked up by the index of a player's runs."""
    t, r, newest = targets.c, runs.c, runs.alias("newest").c
    followed = sa.exists().where(t.player_id == players.c.id, t.removed_at.is_(None))
    ended = sa.not_(is_among(newest.outcome, (RunOutcome.RUNNING.value, RunOutcome.INTERRUPTED.value)))
    last = sa.select(newest.id).where(newest.player_id == players.c.id, ended)
    last = last.order_by(newest.id.desc()).limit(1)
    succeeded = sa.or_(
        r.outcome == RunOutcome.OK.value,
        sa.and_(r.outcome == RunOutcome.PARTIAL.value, r.targets_seen > 0),
    )
    failed = sa.select(r.id).select_from(players).join(runs, r.id == last.scalar_subquery())
    return sa.select(failed.where(followed, players.c.gone_at.is_(None), sa.not_(succeeded)).exists())


def _active_targets(now: datetime, tolerance: Tolerance) -> sa.Select[Any]:
    """Return the counts of each player's active targets."""
    t, count = targets.c, sa.func.count()
    overdue = now - tolerance.gap_after
    conditions = {
        "due": is_due(now),
        "overdue": expected_at() < overdue,
        # One that fails for good, or waits for a mass drop, is no fault of the daemon: doctor names it.
        "neglected": sa.and_(expected_at() < overdue - NEGLECTED_AFTER, t.due_at.is_(None)),
        "failing": t.failures > 0,
    }
    measured = sa.func.max(t.promised_seconds), sa.func.min(snapshots.c.last_seen_at)
    return (
        sa.select(t.player_id, count.label("targets"))
        .add_columns(measured[0].label("target_seconds"), measured[1].label("oldest_poll_at"))
        .add_columns(*(count.filter(condition).label(name) for name, condition in conditions.items()))
        .select_from(targets)
        .outerjoin(*OPEN_SNAPSHOT)
        .where(t.removed_at.is_(None))
        .group_by(t.player_id)
    )


def _player_health(row: dict[str, Any], tolerance: Tolerance) -> PlayerHealth:
    last, fresh_until = row["last_seen_at"], None
    if last:
        fresh_until = last + tolerance.fresh_for(timedelta(seconds=row["promised_seconds"]))
    found = {column: row[column] for column in (*COUNTED, *PROMISED)}
    name, points = row["config_name"] or row["ulid"], row["hardcore"]
    unexplained = None if points is None else Points(points, row["softcore"])
    return PlayerHealth(name, row["username"], last, fresh_until, **found, unexplained=unexplained)
