"""Both databases sum up by days of a time zone as Python does."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.local_days import days_between, sums_by_day
from syncer.store.db.moment import Moment

ZONES = (
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Africa/Cairo",  # its clock changes at midnight
    "America/Havana",  # and here the first hour of a day is repeated
    "UTC",
)
YEAR = (datetime(2025, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC))
CLOCK_CHANGE = datetime(2026, 3, 29, 1, tzinfo=UTC)  # in Berlin, from 02:00 to 03:00
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


@pytest.mark.parametrize("name", ZONES)
def test_days_are_right_in_every_quarter_of_an_hour(name: str) -> None:
    zone, at = ZoneInfo(name), YEAR[0]
    days = days_between(zone, *YEAR)
    assert (days[0][1], days[-1][2]) == YEAR
    assert all(ends == begins for (_, _, ends), (_, begins, _) in pairwise(days))
    for day, begins, ends in days:
        while at < ends:
            assert begins <= at
            assert day == f"{at.astimezone(zone):%Y-%m-%d}"
            at += QUARTER
    assert at == YEAR[1]


def test_a_day_that_a_zone_has_left_out_has_no_time() -> None:
    begin, end = datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
    days = {day: ends - begins for day, begins, ends in days_between(ZoneInfo("Pacific/Apia"), begin, end)}
    assert days["2011-12-30"] == timedelta(0)
    assert days["2011-12-31"] == 24 * HOUR


def test_a_day_with_a_clock_change_has_23_or_25_hours() -> None:
    lengths = Counter(ends - begins for _, begins, ends in days_between(ZoneInfo("Europe/Berlin"), *YEAR))
    assert lengths[23 * HOUR] == lengths[25 * HOUR] == 1


@pytest.mark.parametrize("name", ["Pacific/Apia", *ZONES])
def test_both_databases_sum_up_the_same_days(name: str, database_url: str) -> None:
    database, zone = Database(database_url), ZoneInfo(name)
    moments = [YEAR[0] + timedelta(hours=7.3) * n for n in range(1200)]
    moments += [CLOCK_CHANGE - timedelta(milliseconds=1), CLOCK_CHANGE, CLOCK_CHANGE - HOUR]
    # Moments at the edges of days, and none on some days.
    moments += [begins for _, begins, _ in days_between(zone, *YEAR)[1::3]]
    rows = {at.replace(microsecond=at.microsecond // 1000 * 1000): n for n, at in enumerate(moments)}
    left_out = set(Random(1).sample(sorted({at.astimezone(zone).date() for at in rows}), 20))
    rows = {at: n for at, n in rows.items() if at.astimezone(zone).date() not in left_out}
    columns = sa.Column("at", Moment, primary_key=True), sa.Column("number", sa.Integer)
    table = sa.Table("moments", sa.MetaData(), *columns)
    create_table(database, table, rows)
    begin, end = sorted(rows)[7], sorted(rows)[-7]  # the first is included and the last is not
    sums = (sa.func.count(), sa.func.sum(table.c.number))
    odd = table.c.number % 2 == 1
    with database.reading() as tx:
        days = days_between(zone, begin, end)
        found = {day: list(values) for day, values in sums_by_day(tx, days, table.c.at, sums, odd)}
    expected: dict[str, list[int]] = {}
    for at, number in rows.items():
        if begin <= at < end and number % 2 == 1:
            day = expected.setdefault(f"{at.astimezone(zone):%Y-%m-%d}", [0, 0])
            day[0], day[1] = day[0] + 1, day[1] + number
    assert {day: values for day, values in found.items() if values[0]} == expected
    assert list(found) == sorted(found)
    database.close()


def create_table(database: Database, table: sa.Table, rows: dict[datetime, int]) -> None:
    """Create the table in a database that has no other."""
    if database.path:
        database.path.touch()
    with database.writing() as tx:
        table.create(tx)
        tx.execute(table.insert(), [{"at": at, "number": number} for at, number in rows.items()])
