"""Comparisons of our sums with the account's totals, as they are stored."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.consistency import NO_CHECKS, CheckHistory, Points, SumCheck
from syncer.store.db.account_tables import consistency_checks
from syncer.store.db.tables import players

UNLOCKS, SNAPSHOTS = "unlocks", "snapshots"  # what was summed


def check_history(tx: sa.Connection, player_id: int, subject: str) -> CheckHistory:
    """Return the newest comparison, since when the sums differ, and the last residual."""
    row = newest_check(tx, player_id, subject)
    if row is None:
        return NO_CHECKS
    since = sa.select(sa.func.min(consistency_checks.c.first_checked_at))
    since = since.where(
        *_mine(player_id, subject), consistency_checks.c.id > _last_explained(player_id, subject)
    )
    newest = SumCheck(
        row.last_checked_at,
        Points(row.site_hardcore, row.site_softcore),
        Points(row.ours_hardcore, row.ours_softcore),
        _residual(row),
    )
    return CheckHistory(newest, tx.scalar(since), _last_residual(tx, player_id, subject))


def newest_check(tx: sa.Connection, player_id: int, subject: str) -> Any:
    """Return the row of the newest comparison."""
    c = consistency_checks.c
    query = sa.select(consistency_checks).where(*_mine(player_id, subject))
    return tx.execute(query.order_by(c.id.desc()).limit(1)).one_or_none()


def newest_check_id(subject: str) -> sa.ScalarSelect[Any]:
    """Return the id of the newest comparison, within a query of players."""
    c = consistency_checks.alias("newest_check").c
    newest = sa.select(sa.func.max(c.id)).where(c.player_id == players.c.id, c.subject == subject)
    return newest.correlate(players).scalar_subquery()


def last_agreement(tx: sa.Connection, player_id: int, subject: str) -> datetime | None:
    """Return when the sums last agreed."""
    c = consistency_checks.c
    found: datetime | None = tx.scalar(
        sa.select(sa.func.max(c.last_checked_at)).where(*_mine(player_id, subject), c.matches)
    )
    return found


def _mine(player_id: int, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return consistency_checks.c.player_id == player_id, consistency_checks.c.subject == subject


def _last_explained(player_id: int, subject: str) -> sa.ScalarSelect[Any]:
    """Return the id of the last row whose sums agree or differ by a known residual; 0 if there is none."""
    c = consistency_checks.c
    explained = sa.or_(c.matches, c.residual_hardcore.is_not(None))
    query = sa.select(sa.func.coalesce(sa.func.max(c.id), 0)).where(*_mine(player_id, subject), explained)
    return query.scalar_subquery()


def _last_residual(tx: sa.Connection, player_id: int, subject: str) -> Points | None:
    """Return the last residual since the sums agreed."""
    c = consistency_checks.c
    matched = sa.select(sa.func.coalesce(sa.func.max(c.id), 0)).where(*_mine(player_id, subject), c.matches)
    query = sa.select(c.residual_hardcore, c.residual_softcore).where(*_mine(player_id, subject))
    query = query.where(c.id > matched.scalar_subquery(), c.residual_hardcore.is_not(None))
    row = tx.execute(query.order_by(c.id.desc()).limit(1)).one_or_none()
    return Points(*row) if row else None


def _residual(row: Any) -> Points | None:
    if row.residual_hardcore is None or row.residual_softcore is None:
        return None
    return Points(row.residual_hardcore, row.residual_softcore)
