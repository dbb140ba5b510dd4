"""What the sum check and the search work with: our sums, changes of each game, and possible numbers."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.consistency import Points
from syncer.core.model.decision import RejectionReason
from syncer.core.model.job import NO_JOB, JobKind
from syncer.core.model.polling import SumReport, SumStatus
from syncer.core.model.progress import MAX_NUMBER, GameId
from syncer.core.polling.search import parse_search
from syncer.store.db.parameters import PLAYER, is_among
from syncer.store.db.tables import IS_NEWEST, counts, rejections, snapshots, targets, unlocks

from .base import Reader
from .jobs import read_jobs
from .sum_checks import SNAPSHOTS, check_history
from .sum_reports import read_sum_reports
from .unlock_sums import SYNCED_UNTIL, current_points

DAY = timedelta(days=1)
SUSPICION_ENDS_AFTER = DAY  # suspect games are polled again far sooner, unless they are no longer followed
SUSPECT = (
    RejectionReason.SUSPECT_ZERO,
    RejectionReason.MASS_DROP,
    RejectionReason.UNSETTLED,
    RejectionReason.HARDCORE_ABOVE_ALL,
)
r = rejections.c


def followed(player_id: int | sa.BindParameter[int]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of the targets that are followed."""
    return targets.c.player_id == player_id, targets.c.removed_at.is_(None)


FOLLOWED = followed(PLAYER)
FAILING = sa.select(targets.c.game_id).where(*FOLLOWED, targets.c.failures > 0).limit(1)
SUSPECT_ANSWER = (
    sa.select(r.id)
    .where(r.player_id == PLAYER, r.last_seen_at > sa.bindparam("since"))
    .where(r.confirmed_at.is_(None), r.ended_at.is_(None), is_among(r.reason, SUSPECT))
    .limit(1)
)


def sum_status(tx: sa.Connection, player_id: int, at: datetime, *, with_unlocks: bool) -> SumStatus:
    """Return what a comparison of the sums needs. `with_unlocks`: of games that are not followed, too."""
    jobs = read_jobs(tx, player_id)
    search = jobs.get(JobKind.SEARCH, NO_JOB)
    ours, is_complete = _followed_points(tx, player_id)
    if with_unlocks:
        is_complete = is_complete and tx.scalar(SYNCED_UNTIL, {"player": player_id}) is not None
        ours = _clamp(ours.plus(_other_points(tx, player_id)))
    return SumStatus(
        ours,
        check_history(tx, player_id, SNAPSHOTS),
        parse_search(search.cursor),
        search.last_at,
        is_complete=is_complete,
        is_blocked=_is_blocked(tx, player_id, at),
        lists_read_at=jobs.get(JobKind.CONSOLE_SEARCH, NO_JOB).last_at,
        spent=search.pending,
        spent_until=search.next_at,
    )


def _followed_points(tx: sa.Connection, player_id: int) -> tuple[Points, bool]:
    """Return the points in the newest snapshots of the followed games; events do not count.

    And whether all games that do not fail were polled: one statement reads thousands of games for both.
    """
    hardcore, softcore, new = tx.execute(_followed_points_query(), {"player": player_id}).one()
    return _clamp(Points(int(hardcore), int(softcore))), new == 0


@cache
def _followed_points_query() -> sa.Select[*tuple[Any, ...]]:
    s = snapshots.c
    hardcore, points = s.score_achieved_hardcore, s.score_achieved
    counted = counts(targets.c.game_id)
    is_new = sa.and_(s.id.is_(None), targets.c.failures == 0)
    query = sa.select(
        _sum(sa.case((counted, hardcore), else_=0)),
        _sum(sa.case((counted, points - hardcore), else_=0)),
        _sum(sa.case((is_new, 1), else_=0)),
    )
    return query.outerjoin_from(targets, snapshots, IS_NEWEST).where(*FOLLOWED)


def _other_points(tx: sa.Connection, player_id: int) -> Points:
    """Return the points of the stored unlocks of all games that no snapshot counts; events do not count."""
    row = tx.execute(_other_points_query(), {"player": player_id}).one()
    return Points(*map(int, row))


@cache
def _other_points_query() -> sa.Select[*tuple[Any, ...]]:
    u = unlocks.c
    counted = sa.select(targets.c.game_id).join_from(targets, snapshots, IS_NEWEST)
    is_other = u.game_id.not_in(counted.where(*FOLLOWED))
    hardcore = sa.func.max(sa.case((u.hardcore, 1), else_=0))  # PostgreSQL has no max() of booleans
    each = sa.select(current_points().label("points"), hardcore.label("hardcore"))
    each = each.where(u.player_id == PLAYER, u.gone_at.is_(None), is_other, counts(u.game_id))
    e = each.group_by(u.achievement_id).subquery().c
    return sa.select(_sum(e.points * e.hardcore), _sum(e.points * (1 - e.hardcore)))


def _is_blocked(tx: sa.Connection, player_id: int, at: datetime) -> bool:
    """Return whether an answer about the player is suspect, or a target fails."""
    values = {"player": player_id, "since": at - SUSPICION_ENDS_AFTER}
    return (
        tx.scalar(FAILING, {"player": player_id}) is not None or tx.scalar(SUSPECT_ANSWER, values) is not None
    )


def observations(tx: sa.Connection, player_id: int, since: datetime) -> dict[GameId, tuple[int, float]]:
    """Return how many changes of each followed game were stored since then, and in how many days."""
    s, t, old = snapshots.c, targets.c, snapshots.alias("old").c
    changed = sa.select(old.game_id, sa.func.count().label("changes")).group_by(old.game_id)
    mine = (old.player_id == player_id, old.first_seen_at >= since, old.verdict == "changed")
    c = changed.where(*mine).subquery()
    first = sa.select(sa.func.min(old.first_seen_at))
    first = first.where(old.player_id == player_id, old.game_id == t.game_id)
    columns = (t.game_id, sa.func.coalesce(c.c.changes, 0), first.scalar_subquery(), s.last_seen_at)
    query = sa.select(*columns).join_from(targets, snapshots, IS_NEWEST)
    query = query.outerjoin(c, c.c.game_id == t.game_id).where(*followed(player_id))
    return {
        game_id: (int(changes), max((last - max(begin, since)) / DAY, 0.0))
        for game_id, changes, begin, last in tx.execute(query).all()
    }


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)


def _clamp(points: Points) -> Points:
    """Return points that fit into the columns of a comparison, whatever the site has returned."""
    return Points(*(min(max(0, value), MAX_NUMBER) for value in (points.hardcore, points.softcore)))


class PollingQueries(Reader):
    """The sum check of one player; times are UTC."""

    def sum_report(self, player_id: int) -> SumReport | None:
        """Return what a person should know of the sum check; None: the sums were not compared yet."""
        with self._database.reading() as tx:
            return read_sum_reports(tx, [player_id]).get(player_id)
