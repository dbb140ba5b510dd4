"""A day or week in which the account was not polled is not shown as one without unlocks."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.milestones.streaks import Streak
from syncer.store.db.tables import players
from tests.edges.harness import SyncHarness

from .harness import GAP_AFTER, ZONE, PageClient, context_of, served
from .parsed_page import read
from .test_what_counts import tiles

DAY, EVERY = timedelta(days=1), timedelta(hours=4)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Return a player whose unlocks were read once, at noon of the zone, with one of that day."""
    home = SyncHarness(database_url, every=EVERY)
    noon = home.clock.now().astimezone(ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
    home.clock.pass_by((noon - home.clock.now()).total_seconds() % DAY.total_seconds())
    home.poll()
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.live(EVERY, EVERY)
    yield home
    home.close()


def leave(home: SyncHarness, away: timedelta) -> None:
    home.clock.pass_by(away.total_seconds())


def day(client: PageClient, home: SyncHarness, days_ago: int) -> str:
    shown = home.clock.now().astimezone(ZONE).date() - days_ago * DAY
    return tiles(client, f"/days/{shown}")["Unlocked"]


def test_months_without_polling_are_not_shown_as_zeros(home: SyncHarness) -> None:
    leave(home, 60 * DAY)
    with served(context_of(home)) as client:
        shown, calendar = tiles(client, "/"), tiles(client, "/calendar")
        for tile in ("Today", "Last 7 days", "Current streak"):
            assert shown[tile].startswith("– not polled since ")
        assert calendar["Current streak"].startswith("– not polled since ")
        assert calendar["Unlocked"] == "1 5 points; not polled all the time"
        assert day(client, home, 3) == "– not polled"
        assert "the account was not polled" in read(client, f"/days/{home.clock.now().date() - 3 * DAY}").text
        assert client.get("/").text.count(': not polled"></td>') == 60
    leave(home, 600 * DAY)
    with served(context_of(home)) as client:
        year = home.clock.now().year - 1
        assert tiles(client, f"/calendar?year={year}") == {"Unlocked": f"– not polled in {year}"} | {
            name: text for name, text in tiles(client, "/calendar").items() if name == "Played"
        }


def test_week_in_part_is_compared_with_none(home: SyncHarness) -> None:
    leave(home, 3 * DAY)
    with served(context_of(home)) as client:
        shown = tiles(client, "/")
        assert shown["Last 7 days"].startswith("1 unlocked on the account until ")
        assert "5 points; not polled since" in shown["Last 7 days"]
        assert 'class="delta' not in client.get("/").text.partition("Last 7 days")[2].partition("</dd>")[0]


def test_hours_without_polling_are_said_beside_the_number(home: SyncHarness) -> None:
    leave(home, timedelta(hours=5))
    with served(context_of(home)) as client:
        assert tiles(client, "/")["Today"] == "1 unlocked on the account, 5 points; not polled since 16:00"
        assert "not polled" not in tiles(client, "/")["Current streak"]  # today is one of its days
        assert day(client, home, 0) == "1 5 points, by polls of followed games"


def test_days_of_a_gap_are_known_once_unlocks_are_read(home: SyncHarness) -> None:
    leave(home, 20 * DAY)
    home.poll()
    with served(context_of(home)) as client:
        assert day(client, home, 3) == "– not polled"
        assert tiles(client, "/")["Last 7 days"].endswith("0 points; not polled all the time")
        home.live(8 * DAY, EVERY)
        assert tiles(client, "/")["Last 7 days"].endswith("; 0 in the 7 days before, not polled all the time")
        home.live(DAY, EVERY)
        with home.database.writing() as tx:
            tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
        assert day(client, home, 3) == "0 0 points"
        assert tiles(client, "/")["Last 7 days"].endswith("0 points; 0 in the 7 days before")
        assert tiles(client, "/")["Current streak"] == "0 days in a row"


def test_streak_of_commands_is_unknown_where_that_of_the_pages_is(home: SyncHarness) -> None:
    def streaks() -> dict[int, Streak]:
        return home.queries.streaks.of([1], ZONE, home.clock.now(), GAP_AFTER)

    assert streaks() == {1: Streak(1, includes_today=True)}
    leave(home, DAY)
    assert streaks() == {1: Streak(1, includes_today=False)}
    leave(home, DAY)
    assert streaks() == {}
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    assert streaks() == {1: Streak(0, includes_today=False)}


@pytest.mark.parametrize("never_read", [True, False])
def test_day_of_unlocks_that_are_not_read_is_not_known(home: SyncHarness, never_read: bool) -> None:
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=None)) if never_read else None
    home.live(2 * DAY, EVERY)
    with served(context_of(home), without_unlocks=frozenset({"tester"})) as client:
        assert day(client, home, 0) == "– not known"
