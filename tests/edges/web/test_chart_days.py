"""The points of a chart: by days of the zone, one at each moment, none after the last poll."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncer.store.db.tables import players, unlocks
from syncer.web.pages.overview import points_by_day
from tests.edges.harness import START, SyncHarness

from .harness import PageClient, context_of, served, unlock, view_of
from .test_page_sums import first_poll, record_gains

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati")
FIRST = datetime(2026, 9, 1, 3, 30, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def season(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """Return 70 days with a change each 17 hours, over the end of summer time, after 28 days of unlocks."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('days') / 'syncer.db'}"
    else:
        url = request.getfixturevalue("postgres_server").create_database()
    home = SyncHarness(url)
    home.clock.pass_by((FIRST - START).total_seconds())
    home.poll()
    record_gains(home, [home.clock.moment + 17 * HOUR * n for n in range(1, 100)])
    rows = [unlock(n) | {"gone_at": None, "unlocked_at": FIRST - 17 * HOUR * n} for n in range(1, 40)]
    with home.database.writing() as tx:
        tx.execute(unlocks.insert(), rows)
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    yield home
    home.close()


def chart(client: PageClient, path: str = "/data/points", **window: Any) -> list[tuple[datetime, Any]]:
    """Return the time and the first value of each point."""
    document = client.get(path, params=window).json()
    times = [datetime.fromtimestamp(at, UTC) for at in document["times"]]
    return list(zip(times, document["values"][0], strict=True))


@pytest.mark.parametrize("name", ZONES)
def test_days_of_a_long_curve_end_at_midnight_of_the_zone(season: SyncHarness, name: str) -> None:
    zone = ZoneInfo(name)
    with served(context_of(season), zone=zone) as client:
        whole = chart(client)
    last = season.queries.players.last_poll(season.tracked.id)
    inner = [(at, value) for at, value in whole if at - FIRST > HOUR and at != last]
    assert len(inner) > 60
    assert {f"{at.astimezone(zone):%H:%M}" for at, _ in inner} == {"00:00"}
    # The sum at a midnight is that of all changes before it.
    for at, value in inner:
        before = [row["score_achieved"] for row in season.history(1) if row["first_seen_at"] < at]
        assert value == before[-1]
    earlier = [(at, value) for at, value in whole if FIRST - at > HOUR]
    assert {f"{at.astimezone(zone):%H:%M}" for at, _ in earlier} == {"00:00"}
    for at, value in earlier:
        assert value == sum(10 if n != 2 else 30 for n in range(1, 40) if FIRST - 17 * HOUR * n < at)


@pytest.mark.parametrize("name", ZONES)
def test_curve_and_table_have_the_same_days(season: SyncHarness, name: str) -> None:
    zone = ZoneInfo(name)
    view = view_of(context_of(season), zone=zone)
    table = {at.astimezone(zone).date(): points for at, points, _ in points_by_day(view, first_poll(view))}
    with served(context_of(season), zone=zone) as client:
        curve = chart(client, **{"from": f"{view.today - 60 * DAY}"})
    days = {(at - timedelta(seconds=1)).astimezone(zone).date(): value for at, value in curve[1:]}
    shared = days.keys() & table.keys()
    assert len(shared) > 40
    assert {day: days[day] for day in shared} == {day: table[day] for day in shared}


@pytest.mark.parametrize("window", [{}, {"from": "2026-10-20"}, {"from": "2026-11-08"}])
def test_each_moment_has_one_point_and_the_last_one_is_the_last_poll(
    season: SyncHarness, window: dict[str, str]
) -> None:
    last = season.queries.players.last_poll(season.tracked.id)
    assert last is not None
    later = last + 3 * DAY
    with served(context_of(season), now=lambda: later) as client:
        for path in ("/data/points", "/data/games/1"):
            points = chart(client, path, **window)
            assert all(a < b for (a, _), (b, _) in pairwise(points)), path
            polled = [at for at, value in points if value is not None]
            assert abs(polled[-1] - last) < timedelta(milliseconds=1)
            assert points[-1] == (later, None)  # the time since then is a gap, which lasts


def test_chart_of_one_poll_has_one_point_at_its_moment(season: SyncHarness) -> None:
    """The unlocks end, and the recording begins, at the first poll: the polled sum counts."""
    first = season.queries.series.first_complete_poll(season.tracked.id)
    assert first is not None
    with served(context_of(season)) as client:
        curve = chart(client, to=first.isoformat())
    times = [at for at, _ in curve]
    assert all(a < b for a, b in pairwise(times))
    assert abs(times[-1] - first) < timedelta(milliseconds=1)
    assert curve[-1][1] == 0  # as polled
    assert curve[-2][1] == 410  # by the unlocks of the days before
