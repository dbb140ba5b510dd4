"""Sums and streaks of the pages, recomputed in Python: days are those of the zone."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.tables import RESTORED, games, players, snapshots, unlocks
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest
from syncer.web.pages.overview import points_by_day
from syncer.web.pages.unlock_days import gains_by_day, sum_of_days
from tests.deltas import fill_deltas
from tests.edges.harness import START, SyncHarness

from .harness import PageClient, context_of, served, unlock, view_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati")


def first_poll(view: PlayerRequest) -> datetime | None:
    return view.queries.series.first_complete_poll(view.player.id)


def gains_since(view: PlayerRequest, since: date) -> Row:
    days = gains_by_day(view, since)
    assert days is not None
    return sum_of_days(days, since, view.today)


def record_gains(home: SyncHarness, moments: Iterable[datetime]) -> None:
    """Store a snapshot at each moment, with one more achievement of game 1 for ten points."""
    mine = snapshots.c.game_id == 1
    moments = list(moments)
    with home.database.writing() as tx:
        row = dict(tx.execute(sa.select(snapshots).where(mine, snapshots.c.is_open)).mappings().one())
        tx.execute(snapshots.update().where(mine).values(is_open=False, closed_at=moments[0]))
        rows = []
        for at in moments:
            seen = {"id": None, "first_seen_at": at, "last_seen_at": at, "poll_count": 1, "is_open": False}
            more = {name: row[name] + 1 for name in ("num_achieved", "num_achieved_hardcore")}
            more |= {name: row[name] + 10 for name in ("score_achieved", "score_achieved_hardcore")}
            row |= dict.fromkeys(RESTORED, 0)
            row |= seen | more | {"verdict": "changed", "num_possible_achievements": 10_000}
            rows.append(dict(row))
        for row, following in pairwise(rows):
            row["closed_at"] = following["first_seen_at"]
        rows[-1] |= {"is_open": True, "closed_at": None}
        for row in rows:
            row.pop("id")
        tx.execute(snapshots.insert(), rows)
        fill_deltas(tx)
    home.clock.moment = max(home.clock.moment, rows[-1]["last_seen_at"])


def record_unlocks(home: SyncHarness, moments: Iterable[datetime]) -> None:
    """Store an unlock for ten points at each moment, in a game that is not followed, as read until now."""
    rows = [
        unlock(0) | {"achievement_id": 100 + n, "game_id": 6, "unlocked_at": at}
        for n, at in enumerate(moments)
    ]
    home.clock.moment = max(home.clock.moment, rows[-1]["unlocked_at"])
    with home.database.writing() as tx:
        tx.execute(games.insert().values(id=6))
        tx.execute(unlocks.insert(), rows)
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """Return 110 days with changes at random hours, days without one, and a clock change."""
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('season') / 'syncer.db'}")
    home.clock.pass_by((START.replace(month=9) - START).total_seconds())
    home.poll()
    rng = Random(5)
    record_gains(home, sorted(home.clock.moment + DAY * 110 * rng.random() for _ in range(200)))
    yield home
    home.close()


@pytest.mark.parametrize("zone", ZONES)
def test_days_end_at_midnight_of_the_zone(season: SyncHarness, zone: str) -> None:
    view = view_of(context_of(season), zone=ZoneInfo(zone))
    ended: dict[str, int] = {}
    for row in season.history(1):
        ended[f"{row['first_seen_at'].astimezone(view.context.zone):%Y-%m-%d}"] = row["score_achieved"]
    since = f"{view.today - 92 * DAY:%Y-%m-%d}"
    wanted = [(day, points) for day, points in sorted(ended.items(), reverse=True) if day >= since]
    table = points_by_day(view, first_poll(view))
    assert [(f"{at.astimezone(view.context.zone):%Y-%m-%d}", points) for at, points, _ in table] == wanted
    assert 50 < len(wanted) < 93
    assert [hardcore for _, _, hardcore in table] == [points for _, points in wanted]


def test_day_without_a_change_is_left_out_even_today(season: SyncHarness) -> None:
    view = view_of(context_of(season), now=lambda: season.clock.now() + 3 * DAY)
    assert points_by_day(view, first_poll(view))[0][0] < view.now - DAY


def test_last_seven_days_begin_at_midnight_across_a_clock_change(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.clock.pass_by((datetime(2026, 10, 20, tzinfo=UTC) - START).total_seconds())
    home.poll()
    midnight = datetime(2026, 10, 21, tzinfo=berlin).astimezone(UTC)
    with home.database.writing() as tx:  # the unlocks are read later
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    record_gains(home, [midnight - HOUR / 2, midnight + HOUR / 2])
    view = view_of(context_of(home), zone=berlin, now=lambda: datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert gains_since(view, view.today - 6 * DAY) == {"achievements": 1, "points": 10}
    home.close()


def test_a_streak_that_is_not_continued_today_ended_yesterday(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    noon = datetime(2026, 5, 3, 12, tzinfo=UTC)
    record_unlocks(home, [noon, noon + DAY])
    home.clock.moment = noon + 2 * DAY
    with served(context_of(home)) as client:
        text = re.sub(r"<[^>]+>", " ", client.get("/calendar").text)
    assert re.search(r"Current streak\s+2\s+days up to yesterday", text)
    home.close()


@pytest.mark.parametrize(
    ("today", "current", "longest"), [(2, 5, "5 days"), (1, 4, "4 days"), (20, 0, "5 days")]
)
def test_streak_continues_over_new_year(tmp_path: Path, today: int, current: int, longest: str) -> None:
    """Active from 29 December to 2 January, as shown on a day in January."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    noon = datetime(2026, 12, 29, 12, tzinfo=UTC)
    record_unlocks(home, [noon + n * DAY for n in range(5) if n < 3 + today])
    home.clock.moment = datetime(2027, 1, today, 20, tzinfo=UTC)
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    with served(context_of(home)) as client:
        text = re.sub(r"<[^>]+>", " ", client.get("/calendar").text)
        assert re.search(rf"Current streak\s+{current}\s", text)
        assert ("up to today" in text) == (today < 20)
        assert re.search(rf"Longest streak\s+{longest.split()[0]}\s", text)
        past = re.sub(r"<[^>]+>", " ", client.get("/calendar?year=2026").text)
        assert re.search(r"Longest streak\s+3\s", past)
    home.close()


def test_chart_begins_when_the_first_run_has_polled_every_game(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", batch_size=1)
    for game in home.games:
        home.world.earn("Tester", game, 4, home.clock.now())
    home.poll()
    home.live(2 * HOUR)
    with served(context_of(home)) as client:
        assert set(points(client)) == {4 * 90}
    home.close()


def points(client: PageClient, query: str = "") -> list[Any]:
    found: list[Any] = client.get(f"/data/points{query}").json()["values"][0]
    return found


def test_window_before_the_first_poll_is_empty(season: SyncHarness) -> None:
    with served(context_of(season)) as client:
        assert points(client, "?to=2020-01-01") == []
        assert points(client, "?from=2026-10-02&to=2026-10-01") == []
        assert len(points(client, "?from=2026-10-01&to=2026-10-02")) >= 1


def test_gains_after_the_last_unlock_sync_are_dated_by_polls(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    synced_until = home.clock.now() + HOUR
    record_gains(home, [synced_until - HOUR / 2, synced_until + DAY, synced_until + DAY + HOUR])
    with home.database.writing() as tx:
        row = {"player_id": 1, "achievement_id": 7, "hardcore": False, "game_id": 1, "title": "It"}
        row |= {
            "unlocked_at": synced_until - HOUR,
            "first_seen_at": synced_until,
            "points": 25,
            "source": "seen",
        }
        tx.execute(unlocks.insert(), [row])
        tx.execute(players.update().values(unlocks_synced_until=synced_until))
    view = view_of(context_of(home))
    assert gains_since(view, view.today) == {"achievements": 2, "points": 20}
    assert gains_since(view, view.today - DAY) == {"achievements": 3, "points": 45}
    with home.database.writing() as tx:  # all unlocks are read again
        tx.execute(players.update().values(unlocks_synced_until=None))
    assert gains_since(view, view.today) == {"achievements": 2, "points": 20}
    home.close()


def test_rare_kind_is_searched_a_year_at_a_time(season: SyncHarness) -> None:
    """Following the links from year to year finds an old change."""
    path, pages = "/changes?kind=set_revised", 0
    later = season.clock.now() + 800 * DAY
    with served(context_of(season), now=lambda: later) as client:
        while "Game 1" not in (text := client.get(path).text).partition("</form>")[2]:
            assert "Searched back to" in text
            (link,) = re.findall(r'<a href="(/changes[^"]*)">Search the year before', text)
            path = unescape(link)
            pages += 1
        assert "Searched back to" not in text  # nothing is older
    assert pages == 2


def test_streak_of_more_than_a_year_is_counted_from_its_first_day(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    record_unlocks(home, [START + n * DAY for n in range(1, 500)])
    with served(context_of(home)) as client:
        text = re.sub(r"<[^>]+>", " ", client.get("/calendar").text)
        assert re.search(r"Current streak\s+499\s", text)
        assert re.search(r"Longest streak\s+499\s", text)
    home.close()
