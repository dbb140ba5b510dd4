"""The sum check of many players at once, as a person should know of it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.consistency import NO_POINTS, Points
from syncer.core.model.job import JobKind
from syncer.core.model.polling import SumReport
from syncer.core.polling.search import parse_search
from syncer.store.db.account_tables import consistency_checks, player_jobs
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import players

from .sum_checks import SNAPSHOTS, newest_check_id


def read_sum_reports(tx: sa.Connection, player_ids: Sequence[int]) -> dict[int, SumReport]:
    """Return the reports by player's id; there is none where the sums were not compared yet."""
    return {row.player_id: _report(row) for row in tx.execute(_reports_query(), {"ids": list(player_ids)})}


def _report(row: Any) -> SumReport:
    difference = Points(row.hardcore, row.softcore)
    is_explained = row.residual_hardcore is not None and difference != NO_POINTS
    residual = Points(row.residual_hardcore, row.residual_softcore) if is_explained else None
    moments = row.last_checked_at, difference, row.agreed_at, residual, row.searched_at
    return SumReport(*moments, parse_search(row.search))


@cache
def _reports_query() -> sa.Select[Any]:
    """Return the query of the newest comparison of each player, its last residual and its search."""
    c, j, e = consistency_checks.c, player_jobs.c, consistency_checks.alias("explained")
    jobs = sa.and_(j.player_id == players.c.id, j.kind == JobKind.SEARCH.value)
    return (
        sa.select(c.player_id, c.last_checked_at, e.c.residual_hardcore, e.c.residual_softcore)
        .add_columns((c.site_hardcore - c.ours_hardcore).label("hardcore"))
        .add_columns((c.site_softcore - c.ours_softcore).label("softcore"))
        .add_columns(_agreed_at().label("agreed_at"))
        .add_columns(j.last_at.label("searched_at"), j.cursor.label("search"))
        .select_from(players)
        .join(consistency_checks, c.id == newest_check_id(SNAPSHOTS))
        .outerjoin(e, e.c.id == _last_residual_id())
        .outerjoin(player_jobs, jobs)
        .where(any_of(players.c.id, "ids"))
    )


def _checks(alias: str) -> Any:
    """Return the columns of the comparisons of one player, and their condition, in a query of players."""
    n = consistency_checks.alias(alias).c
    return n, sa.and_(n.player_id == players.c.id, n.subject == SNAPSHOTS)


def _agreed_at() -> sa.ScalarSelect[Any]:
    n, mine = _checks("agreed")
    return sa.select(sa.func.max(n.last_checked_at)).where(mine, n.matches).scalar_subquery()


def _last_residual_id() -> sa.ScalarSelect[Any]:
    """Return the id of the newest comparison since the sums agreed that has a residual."""
    n, mine = _checks("left_over")
    m, also_mine = _checks("matched")
    matched = sa.select(sa.func.coalesce(sa.func.max(m.id), 0)).where(also_mine, m.matches)
    newest = sa.select(sa.func.max(n.id)).where(mine, n.residual_hardcore.is_not(None))
    newest = newest.where(n.id > matched.correlate(players).scalar_subquery())
    return newest.correlate(players).scalar_subquery()
