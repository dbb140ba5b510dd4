"""The overview's twelve months, streak, week and the games nearest to mastery."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.core.milestones.streaks import Streak
from syncer.store.db.account_tables import unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import players, snapshots, targets
from syncer.store.read.game_list import GameListQueries
from syncer.store.read.queries import Queries
from syncer.store.request_budget import fingerprint
from syncer.web.app.context import Context
from syncer.web.pages.year_strip import WEEKS, Year, months_from, year_of
from tests.edges.harness import SyncHarness
from tests.first_sync import NOW, SMALL, create_first_sync

from .harness import context_of, served, unlock, view_of
from .parsed_page import read

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('year') / 'syncer.db'}", SMALL)
    yield made
    made.close()


def context(database: Database, now: datetime = NOW) -> Context:
    return Context(Queries(database), lambda: now, BERLIN, timedelta(minutes=30))


def year(database: Database, now: datetime = NOW) -> Year:
    found = year_of(view_of(context(database, now)))
    assert found is not None
    return found


def test_strip_holds_each_day_of_twelve_months_once(database: Database) -> None:
    found = year(database)
    with database.reading() as tx:
        moments = tx.scalars(sa.select(unlocks.c.unlocked_at)).all()
    today, days = NOW.astimezone(BERLIN).date(), [moment.astimezone(BERLIN).date() for moment in moments]
    shown = {day.date: day.achievements for row in found.weekdays for day in row if day}
    first = min(shown)
    assert first.weekday() == 0
    assert max(shown) == today
    assert len(shown) == (today - first).days + 1
    assert [len(row) for row in found.weekdays] == 7 * [WEEKS]
    assert {day: n for day, n in shown.items() if n} == {
        day: days.count(day) for day in set(days) if day >= first
    }
    assert found.whole["achievements"] == sum(shown.values())
    assert found.active == sum(map(bool, shown.values()))
    assert found.week["achievements"] == sum(today - 7 * DAY < day for day in days)
    assert found.week_before["achievements"] == sum(today - 14 * DAY < day <= today - 7 * DAY for day in days)


@pytest.mark.parametrize("first", [date(2025, 5, 19), date(2024, 12, 30), date(2026, 1, 5)])
def test_months_span_all_weeks(first: date) -> None:
    months = months_from(first)
    assert sum(weeks for _, weeks in months) == WEEKS
    assert 12 <= len(months) <= 14
    assert all(weeks >= 4 for _, weeks in months[1:-1])


def days_in_a_row(home: SyncHarness, *days_ago: int) -> None:
    """Store an unlock at noon of each of the days before today."""
    noon = home.clock.now().astimezone(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0)
    rows: list[dict[str, Any]] = [
        unlock(0) | {"achievement_id": 5000 + n, "unlocked_at": noon - n * DAY, "first_seen_at": noon}
        for n in days_ago
    ]
    with home.database.writing() as tx:
        tx.execute(unlocks.insert(), rows)
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))


def test_streak_is_at_risk_until_something_is_unlocked(home_of_noon: SyncHarness) -> None:
    days_in_a_row(home_of_noon, 1, 2, 3)
    with served(context_of(home_of_noon)) as client:
        text = read(client, "/").text
        assert "Current streak 3 days in a row up to yesterday; at risk it ends in 10 h without" in text
        days_in_a_row(home_of_noon, 0)
        assert "Current streak 4 days in a row, today included" in read(client, "/").text


def test_streak_may_be_longer_than_the_strip(home_of_noon: SyncHarness) -> None:
    days_in_a_row(home_of_noon, *range(800))
    view = view_of(context_of(home_of_noon))
    found = year_of(view)
    assert found is not None
    assert found.streak == Streak(800, includes_today=True)


@pytest.fixture
def home_of_noon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """A player who was polled at two in the afternoon of the zone."""
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('noon') / 'syncer.db'}")
    local = home.clock.now().astimezone(BERLIN)
    wanted = local.replace(hour=14, minute=0, second=0, microsecond=0)
    home.clock.pass_by(((wanted - local) % DAY).total_seconds())
    home.poll()
    yield home
    home.close()


def test_nearest_are_by_share_without_what_is_done_or_not_followed(database: Database) -> None:
    s = snapshots.c
    with database.reading() as tx:
        query = sa.select(s.game_id, s.num_achieved_hardcore, s.num_possible_achievements)
        rows = [row for row in tx.execute(query).all() if 0 < row[1] < row[2]]
    expected = sorted(rows, key=lambda row: (-row[1] / row[2], row[2] - row[1], row[0]))
    found = GameListQueries(database).nearest(1, 5, hardcore=True)
    assert [(game["game_id"], game["left"]) for game in found] == [(r[0], r[2] - r[1]) for r in expected[:5]]
    with served(context(database)) as client:
        text = read(client, "/").text.partition("Almost there")[2]
        assert f"{found[0]['left']} left to master it" in text
    with database.writing() as tx:
        tx.execute(targets.update().where(targets.c.game_id == expected[0][0]).values(removed_at=NOW))
    assert GameListQueries(database).nearest(1, 1, hardcore=True)[0]["game_id"] == expected[1][0]


def test_key_is_named_by_its_players(home_of_noon: SyncHarness) -> None:
    home, other = home_of_noon, fingerprint("another key")
    home.source.limiter.apply(lambda budget, _: budget)
    keys = list(home.queries.storage.request_budgets())
    with home.database.writing_budget() as tx:
        tx.execute(
            sa.text("INSERT INTO budgets (key_fingerprint, outage_failures) VALUES (:key, 0)"), {"key": other}
        )
    owners = {keys[0]: ["tester", "Zoë"]}
    with served(context_of(home), key_owners=owners) as client:
        text = re.sub(r"\s+", " ", read(client, "/sync-health").text)
        assert "Key of Tester, Zoë:" in text
        assert "A key that is no longer configured:" in text
        assert "Key 1" not in text
