"""Sums by day of a time zone. SQLite knows no time zones: the statement gets the moments of all midnights."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.formats.timestamps import start_of

from .moment import Moment, to_text

DAY = timedelta(days=1)
LocalDay: TypeAlias = tuple[str, datetime, datetime]  # YYYY-MM-DD, when it begins, and when it ends


def days_between(zone: tzinfo, begin: datetime, end: datetime) -> list[LocalDay]:
    """Return the days of the zone from `begin` to before `end`, the first and last cut at these."""
    midnights = list(_midnights(zone, begin, end))
    return [
        (f"{day:%Y-%m-%d}", max(starts, begin), min(ends, end))
        for (day, starts), (_, ends) in pairwise(midnights)
    ]


def end_of_day(day: str, zone: tzinfo) -> datetime:
    """Return when a day (YYYY-MM-DD) of the zone ends; with a clock change it has 23 or 25 hours."""
    return start_of(date.fromisoformat(day) + DAY, zone)


def sums_by_day(
    tx: sa.Connection,
    days: Sequence[LocalDay],
    moment: sa.ColumnElement[datetime],
    sums: Sequence[sa.ColumnElement[Any]],
    *conditions: sa.ColumnElement[bool],
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield each day with its sums, in the order of the days; on PostgreSQL only days that have rows."""
    if tx.dialect.name == "sqlite":
        for day, values in tx.execute(_by_range(days, moment, sums, *conditions)):
            yield day, values
    else:
        for number, *values in tx.execute(_by_bucket(days, moment, sums, *conditions)):
            yield days[number - 1][0], values


def days_with_rows(
    tx: sa.Connection,
    days: Sequence[LocalDay],
    moment: sa.ColumnElement[datetime],
    owner: sa.ColumnElement[int],
    owners: Sequence[int],
    *conditions: sa.ColumnElement[bool],
) -> dict[int, set[str]]:
    """Return for each owner the days that have a row of theirs; SQLite reads one row for each day."""
    found: dict[int, set[str]] = {one: set() for one in owners}
    if tx.dialect.name == "sqlite":
        each, ranges = _json_rows(list(owners), "owners"), _json_rows(_texts(days), "days")
        day, begins, ends = _columns(ranges)
        some = sa.exists().where(owner == each.c.value, moment >= begins, moment < ends, *conditions)
        pairs = sa.select(each.c.value, day).select_from(sa.join(each, ranges, sa.true()))
        for number, name in tx.execute(pairs.where(some)):
            found[number].add(name)
        return found
    begins = sa.literal([begin for _, begin, _ in days], sa.ARRAY(Moment))
    bucket = sa.func.width_bucket(moment, begins, type_=sa.Integer)
    query = sa.select(owner, bucket).where(moment >= days[0][1], moment < days[-1][2], *conditions)
    for number, place in tx.execute(query.where(owner.in_(owners)).distinct()):
        found[number].add(days[place - 1][0])
    return found


def _midnights(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[date, datetime]]:
    """Yield the days with their beginnings, up to the first one that does not begin before `end`."""
    day = begin.astimezone(zone).date()
    while (starts := start_of(day, zone)) < end:
        yield day, starts
        day += DAY
    yield day, starts


# Each day is one range of the index of `moment`: a third of what a GROUP BY over computed days costs.
def _by_range(
    days: Sequence[LocalDay],
    moment: sa.ColumnElement[datetime],
    sums: Sequence[sa.ColumnElement[Any]],
    *conditions: sa.ColumnElement[bool],
) -> sa.Select[tuple[str, list[Any]]]:
    day, begins, ends = _columns(_json_rows(_texts(days), "days"))
    # An array, because a scalar subquery has one column.
    summed = sa.select(sa.func.json_array(*sums, type_=sa.JSON))
    summed = summed.where(moment >= begins, moment < ends, *conditions)
    return sa.select(day, summed.scalar_subquery())


def _texts(days: Sequence[LocalDay]) -> list[tuple[str, str, str]]:
    return [(day, to_text(begins), to_text(ends)) for day, begins, ends in days]


def _json_rows(values: Sequence[Any], name: str) -> sa.TableValuedAlias:
    """Return a table of SQLite with a row for each value."""
    return sa.func.json_each(json.dumps(values)).table_valued("value", name=name)


def _columns(ranges: sa.TableValuedAlias) -> tuple[sa.ColumnElement[str], ...]:
    """Return the columns of the days, and of when they begin and end."""
    return tuple(sa.func.json_extract(ranges.c.value, f"$[{n}]", type_=sa.Text) for n in range(3))


# PostgreSQL searches the midnights for each row: a third faster than a range of the index for each day.
def _by_bucket(
    days: Sequence[LocalDay],
    moment: sa.ColumnElement[datetime],
    sums: Sequence[sa.ColumnElement[Any]],
    *conditions: sa.ColumnElement[bool],
) -> sa.Select[Any]:
    begins = sa.literal([begin for _, begin, _ in days], sa.ARRAY(Moment))
    number = sa.func.width_bucket(moment, begins, type_=sa.Integer).label("number")
    query = sa.select(number, *sums).where(moment >= days[0][1], moment < days[-1][2], *conditions)
    return query.group_by(number).order_by(number)
