"""Sums of rows by day of a time zone."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.local_days import days_between, sums_by_day

from .base import Row


def rows_by_day(
    database: Database,
    zone: tzinfo,
    span: tuple[datetime, datetime],
    moment: sa.ColumnElement[datetime],
    sums: Mapping[str, sa.ColumnElement[Any]],
    *conditions: sa.ColumnElement[bool],
) -> list[Row]:
    """Return the sums of each day of the zone on which a row meets the conditions, oldest first.

    `span`: from its first moment to before its second one. Raises StoreError.
    """
    begin, end = span
    with database.reading() as tx:
        met = sa.select(moment).where(moment >= begin, moment < end, *conditions)
        # The days before the first row cost a search each, and a span may begin in 1970.
        first = tx.scalar(met.order_by(moment).limit(1))
        if first is None:
            return []
        counted = (sa.func.count(), *sums.values())
        found = list(sums_by_day(tx, days_between(zone, first, end), moment, counted, *conditions))
    return [dict(zip(("day", *sums), (day, *made), strict=True)) for day, (count, *made) in found if count]
