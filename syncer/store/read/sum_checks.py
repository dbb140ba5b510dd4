"""Comparisons of our sums with the account's totals, as they are stored."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.consistency import NO_CHECKS, CheckHistory, Points, SumCheck
from syncer.store.db.account_tables import consistency_checks
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import players

UNLOCKS, SNAPSHOTS = "unlocks", "snapshots"  # what was summed
c = consistency_checks.c
MINE = sa.and_(c.player_id == PLAYER, c.subject == sa.bindparam("subject"))
NEWEST_CHECK = sa.select(consistency_checks).where(MINE).order_by(c.id.desc()).limit(1)


def check_history(tx: sa.Connection, player_id: int, subject: str) -> CheckHistory:
    """Return the newest comparison, since when the sums differ, and the last residual."""
    row = newest_check(tx, player_id, subject)
    if row is None:
        return NO_CHECKS
    values = {"player": player_id, "subject": subject}
    newest = SumCheck(
        row.last_checked_at,
        Points(row.site_hardcore, row.site_softcore),
        Points(row.ours_hardcore, row.ours_softcore),
        _residual(row),
    )
    return CheckHistory(newest, tx.scalar(_differs_since(), values), _last_residual(tx, values))


def newest_check(tx: sa.Connection, player_id: int, subject: str) -> Any:
    """Return the row of the newest comparison."""
    return tx.execute(NEWEST_CHECK, {"player": player_id, "subject": subject}).one_or_none()


def newest_check_id(subject: str) -> sa.ScalarSelect[Any]:
    """Return the id of the newest comparison, within a query of players."""
    n = consistency_checks.alias("newest_check").c
    newest = sa.select(sa.func.max(n.id)).where(n.player_id == players.c.id, n.subject == subject)
    return newest.correlate(players).scalar_subquery()


@cache
def _differs_since() -> sa.Select[Any]:
    """Return the query of when the first row began whose difference is not explained."""
    explained = _last_id(sa.or_(c.matches, c.residual_hardcore.is_not(None)))
    return sa.select(sa.func.min(c.first_checked_at)).where(MINE, c.id > explained)


def _last_id(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """Return the id of the last row for which the condition holds; 0 if there is none."""
    return sa.select(sa.func.coalesce(sa.func.max(c.id), 0)).where(MINE, condition).scalar_subquery()


def _last_residual(tx: sa.Connection, values: Mapping[str, Any]) -> Points | None:
    row = tx.execute(_last_residual_query(), values).one_or_none()
    return Points(*row) if row else None


@cache
def _last_residual_query() -> sa.Select[Any]:
    """Return the query of the last residual since the sums agreed."""
    query = sa.select(c.residual_hardcore, c.residual_softcore).where(MINE, c.id > _last_id(c.matches))
    return query.where(c.residual_hardcore.is_not(None)).order_by(c.id.desc()).limit(1)


def _residual(row: Any) -> Points | None:
    if row.residual_hardcore is None or row.residual_softcore is None:
        return None
    return Points(row.residual_hardcore, row.residual_softcore)
