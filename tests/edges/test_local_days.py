"""Days of a zone, cut by both databases, are those of Python's own calendar."""

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
TURN = datetime(2026, 3, 29, 1, tzinfo=UTC)  # Berlin's clocks go from 2 to 3


@pytest.mark.parametrize("name", ZONES)
def test_offsets_are_those_of_every_quarter_of_an_hour(name: str) -> None:
    zone, at = ZoneInfo(name), YEAR[0]
    found = utc_offsets(zone, *YEAR)
    assert found[-1][0] == YEAR[1]
    while at < YEAR[1]:
        assert next(offset for until, offset in found if at < until) == at.astimezone(zone).utcoffset()
        at += timedelta(minutes=15)


def test_clocks_are_changed_in_one_minute() -> None:
    hour = timedelta(hours=1)
    assert utc_offsets(ZoneInfo("Europe/Berlin"), TURN - hour, TURN + hour) == [
        (TURN, hour),
        (TURN + hour, 2 * hour),
    ]


def test_both_databases_cut_days_alike(database_url: str) -> None:
    database = Database(database_url)
    moments = [YEAR[0] + timedelta(hours=7.3) * n for n in range(1, 1200)]
    moments += [TURN - timedelta(milliseconds=1), TURN, TURN - timedelta(hours=1)]
    table = sa.Table("moments", sa.MetaData(), sa.Column("at", Moment, primary_key=True))
    Writable(database).make(table, moments)
    for name in ZONES[:4]:
        zone = ZoneInfo(name)
        day = local_day(table.c.at, zone, *YEAR, sqlite=database.path is not None).label("day")
        with database.reading() as tx:
            found = {row.at: row.day for row in tx.execute(sa.select(table.c.at, day)).all()}
            counted = tx.execute(sa.select(day, sa.func.count().label("many")).group_by("day")).all()
        assert found == {at: f"{at.astimezone(zone):%Y-%m-%d}" for at in moments}
        assert {row.day: row.many for row in counted} == Counter(found.values())
    database.close()


class Writable:
    """A table of our own in a database that has none yet."""

    def __init__(self, database: Database) -> None:
        self.database = database
        if database.path:
            database.path.touch()

    def make(self, table: sa.Table, moments: list[datetime]) -> None:
        with self.database.writing() as tx:
            table.create(tx)
            tx.execute(table.insert(), [{"at": at} for at in moments])
