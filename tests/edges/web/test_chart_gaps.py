"""A gap that lasts is in the charts as one that is over: up to now, or to the end of the window."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncer.store.db.tables import targets
from tests.edges.harness import SyncHarness

from .harness import PageClient, context_of, served

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
PATHS = ("/data/points", "/data/games/1")


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Return a player who was polled for an hour, with one unlock, and then for three days was not."""
    home = SyncHarness(database_url)
    home.poll()
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.live(4 * QUARTER, QUARTER)
    home.clock.pass_by((3 * DAY).total_seconds())
    yield home
    home.close()


def chart(client: PageClient, path: str, **window: datetime) -> tuple[list[Any], list[Any]]:
    """Return the gaps, and the last two points: their time and the value of the first line."""
    found = client.get(path, params={name: at.isoformat() for name, at in window.items()}).json()
    points = list(zip(found["times"], found["values"][0], strict=True))
    assert points == sorted(points, key=lambda point: point[0])
    return found["gaps"], points[-3:]


@pytest.mark.parametrize("path", PATHS)
def test_gap_that_lasts_is_shown_up_to_now(home: SyncHarness, path: str) -> None:
    now, last = home.clock.now(), home.queries.players.last_poll(1)
    assert last
    with served(context_of(home)) as client:
        gaps, (known, hole, end) = chart(client, path)
        assert gaps == [[pytest.approx(last.timestamp(), abs=60), now.timestamp()]]
        assert known == (pytest.approx(last.timestamp(), abs=60), 5 if path == PATHS[0] else 1)
        assert hole == (pytest.approx(known[0], abs=0.01), None)
        assert end == (now.timestamp(), None)
        earlier = now - DAY
        gaps, points = chart(client, path, to=earlier)
        assert gaps == [[known[0], earlier.timestamp()]]
        assert points == [known, hole, (earlier.timestamp(), None)]


@pytest.mark.parametrize("path", PATHS)
def test_window_that_ends_in_a_gap_shows_it(home: SyncHarness, path: str) -> None:
    inside = home.clock.now() - DAY
    home.poll()
    home.live(2 * QUARTER, QUARTER)
    with served(context_of(home)) as client:
        ((begin, end),), points = chart(client, path, to=inside)
        assert end == inside.timestamp()
        assert points[-1] == (end, None)
        assert begin < (inside - DAY).timestamp()
        ((_, end),), points = chart(client, path)
        assert end <= home.clock.now().timestamp() - 1800
        assert points[-1][1] is not None
        assert chart(client, path, to=inside - 3 * DAY)[0] == []


def test_window_in_a_gap_has_no_value(home: SyncHarness) -> None:
    now = home.clock.now()
    with served(context_of(home)) as client:
        gaps, points = chart(client, "/data/points", **{"from": now - DAY})
        assert [value for _, value in points] == [None, None]
        assert gaps[0][0] < (now - DAY).timestamp()
        assert gaps[0][1] == now.timestamp()


def test_game_that_is_not_followed_has_no_gap(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(targets.update().where(targets.c.game_id == 1).values(removed_at=home.clock.now()))
    with served(context_of(home)) as client:
        assert chart(client, "/data/games/1")[0] == []
