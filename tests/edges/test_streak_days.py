"""How far back a streak reaches, counted in the database: the same as in Python, on both databases."""

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.account_tables import unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import games
from syncer.store.db.views import first_unlocks
from syncer.store.read.queries import Queries

from .harness import SyncHarness
from .sql_facts import NOW

DAY = timedelta(days=1)


def reference(active: set[date], day: date) -> int:
    return next(n for n in count() if day - (n + 1) * DAY not in active)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_streak_is_that_of_the_days(databases: dict[str, Database], dialect: str, zone: str) -> None:
    database, here = databases[dialect], ZoneInfo(zone)
    u = first_unlocks.c
    with database.reading() as tx:
        moments = tx.scalars(sa.select(u.unlocked_at).where(u.player_id == 1)).all()
    active = {moment.astimezone(here).date() for moment in moments}
    today = NOW.astimezone(here).date()
    days = [today - n * DAY for n in range(200)]
    found = [Queries(database).daily.streak_before(1, here, day, min(active)) for day in days]
    assert found == [reference(active, day) for day in days]
    assert max(found) > 1


def test_streak_of_years_is_counted_through(database_url: str) -> None:
    """Over each window that is read, and over the ends of summer time."""
    home, zone, last = SyncHarness(database_url), ZoneInfo("Europe/Berlin"), date(2026, 4, 30)
    home.poll()
    first = last - 999 * DAY
    rows = [unlock_on(last - n * DAY, zone, n) for n in range(1, 1000)]
    with home.database.writing() as tx:
        if tx.scalar(sa.select(games.c.id).where(games.c.id == 1)) is None:
            tx.execute(games.insert().values(id=1))
        tx.execute(unlocks.insert(), rows)
    assert home.queries.daily.streak_before(1, zone, last, first) == 999
    assert home.queries.daily.streak_before(1, zone, last - 990 * DAY, first) == 9
    assert home.queries.daily.streak_before(2, zone, last, first) == 0
    home.close()


def unlock_on(day: date, zone: ZoneInfo, number: int) -> dict[str, object]:
    """Return an unlock in the first or last minute of a day of the zone."""
    hour, minute = ((0, 0), (23, 59))[number % 2]
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    row = {
        "player_id": 1,
        "achievement_id": number,
        "hardcore": True,
        "game_id": 1,
        "points": 5,
        "title": "T",
    }
    return row | {"unlocked_at": at, "first_seen_at": NOW, "source": "backfill", "gone_at": None}
