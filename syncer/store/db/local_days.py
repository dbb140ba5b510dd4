"""Days of a time zone, computed in SQL. SQLite knows no time zones: the statement holds their offsets."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from syncer.core.formats.timestamps import start_of

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def local_day(
    moment: sa.ColumnElement[Any], zone: tzinfo, since: datetime, until: datetime, *, sqlite: bool
) -> Any:
    """Return the local day (YYYY-MM-DD) of a moment between `since` and `until`."""
    *early, (_, last) = utc_offsets(zone, since, until)
    made = _shift(last, sqlite=sqlite)
    if early:
        cases = [(moment < until, _shift(offset, sqlite=sqlite)) for until, offset in early]
        made = sa.case(*cases, else_=made)
    if sqlite:
        return sa.func.date(moment, made)
    return sa.func.to_char(sa.func.timezone("UTC", moment) + made, "YYYY-MM-DD")


def end_of_day(day: str, zone: tzinfo) -> datetime:
    """Return when a day (YYYY-MM-DD) of the zone ends; with a clock change it has 23 or 25 hours."""
    return start_of(date.fromisoformat(day) + DAY, zone)


def _shift(offset: timedelta, *, sqlite: bool) -> sa.ColumnElement[Any]:
    if sqlite:
        return sa.literal(f"{int(offset.total_seconds()):+d} seconds")
    return sa.literal(offset, sa.Interval)


# A zone's rules are in Python's zoneinfo, not in SQLite. Each day between the two moments is searched for a
# change of the offset, and the day of a change by bisection for its minute. A zone changes a few times a
# year at most, so the statement gets one CASE for each change.
def utc_offsets(zone: tzinfo, since: datetime, until: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the zone's offsets from UTC, each with the moment until which it holds; the last is `until`."""
    found: list[tuple[datetime, timedelta]] = []
    at, offset = since, _offset(zone, since)
    while at < until:
        later = min(at + DAY, until)
        if _offset(zone, later) != offset:
            found.append((_transition(zone, at, later), offset))
            offset = _offset(zone, later)
        at = later
    return [*found, (until, offset)]


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _transition(zone: tzinfo, early: datetime, late: datetime) -> datetime:
    """Return the minute in which the offset changes."""
    before = _offset(zone, early)
    while late - early > MINUTE:
        middle = early + (late - early) / 2
        early, late = (middle, late) if _offset(zone, middle) == before else (early, middle)
    return late.astimezone(UTC).replace(second=0, microsecond=0)
