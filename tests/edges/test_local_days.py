"""Both databases cut days of a time zone as Python does."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.local_days import local_day, utc_offsets
from syncer.store.db.moment import Moment

ZONES = (
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
)
YEAR = (datetime(2025, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC))
CLOCK_CHANGE = datetime(2026, 3, 29, 1, tzinfo=UTC)  # in Berlin, from 02:00 to 03:00


@pytest.mark.parametrize("name", ZONES)
def test_offsets_are_right_in_every_quarter_of_an_hour(name: str) -> None:
    zone, at = ZoneInfo(name), YEAR[0]
    found = utc_offsets(zone, *YEAR)
    assert found[-1][0] == YEAR[1]
    while at < YEAR[1]:
        assert next(offset for until, offset in found if at < until) == at.astimezone(zone).utcoffset()
        at += timedelta(minutes=15)


def test_clock_change_is_found_to_the_minute() -> None:
    hour = timedelta(hours=1)
    assert utc_offsets(ZoneInfo("Europe/Berlin"), CLOCK_CHANGE - hour, CLOCK_CHANGE + hour) == [
        (CLOCK_CHANGE, hour),
        (CLOCK_CHANGE + hour, 2 * hour),
    ]


def test_both_databases_cut_the_same_days(database_url: str) -> None:
    database = Database(database_url)
    moments = [YEAR[0] + timedelta(hours=7.3) * n for n in range(1, 1200)]
    moments += [CLOCK_CHANGE - timedelta(milliseconds=1), CLOCK_CHANGE, CLOCK_CHANGE - timedelta(hours=1)]
    table = sa.Table("moments", sa.MetaData(), sa.Column("at", Moment, primary_key=True))
    create_table(database, table, moments)
    for name in ZONES[:4]:
        zone = ZoneInfo(name)
        day = local_day(table.c.at, zone, *YEAR, sqlite=database.path is not None).label("day")
        with database.reading() as tx:
            found = {row.at: row.day for row in tx.execute(sa.select(table.c.at, day)).all()}
            counted = tx.execute(sa.select(day, sa.func.count().label("count_of_day")).group_by("day")).all()
        assert found == {at: f"{at.astimezone(zone):%Y-%m-%d}" for at in moments}
        assert {row.day: row.count_of_day for row in counted} == Counter(found.values())
    database.close()


def create_table(database: Database, table: sa.Table, moments: list[datetime]) -> None:
    """Create the table in a database that has no other."""
    if database.path:
        database.path.touch()
    with database.writing() as tx:
        table.create(tx)
        tx.execute(table.insert(), [{"at": at} for at in moments])
