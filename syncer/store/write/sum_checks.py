"""Write comparisons of our sums with the account's totals: one row for each unbroken result."""

import sqlalchemy as sa

from syncer.core.model.consistency import NO_POINTS, SumCheck
from syncer.store.db.account_tables import consistency_checks
from syncer.store.db.parameters import AT
from syncer.store.read.sum_checks import newest_check

c = consistency_checks.c
EXTEND_CHECK = (
    consistency_checks.update()
    .where(c.id == sa.bindparam("check"))
    .values(last_checked_at=AT, check_count=c.check_count + 1)
)


def save_check(tx: sa.Connection, player_id: int, subject: str, check: SumCheck) -> None:
    """Extend the newest comparison by an equal one, or add a row."""
    newest, values = newest_check(tx, player_id, subject), _values(check)
    if newest is None or any(getattr(newest, name) != value for name, value in values.items()):
        moments = {"first_checked_at": check.at, "last_checked_at": check.at, "check_count": 1}
        row = {"player_id": player_id, "subject": subject, **moments, **values}
        tx.execute(consistency_checks.insert().values(**row))
    elif newest.last_checked_at < check.at:
        tx.execute(EXTEND_CHECK, {"check": newest.id, "at": check.at})


def _values(check: SumCheck) -> dict[str, int | bool | None]:
    return {
        "matches": check.difference == NO_POINTS,
        "site_hardcore": check.site.hardcore,
        "site_softcore": check.site.softcore,
        "ours_hardcore": check.ours.hardcore,
        "ours_softcore": check.ours.softcore,
        "residual_hardcore": check.residual.hardcore if check.residual else None,
        "residual_softcore": check.residual.softcore if check.residual else None,
    }
