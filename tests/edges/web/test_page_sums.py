"""The numbers of the pages, counted again by Python: days as the player's clocks cut them."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.tables import players, snapshots, unlocks
from syncer.web.pages.overview import gains_since, points_by_day
from tests.edges.harness import START, SyncHarness

from .harness import Browser, context_of, served, visiting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati")


def scored(home: SyncHarness, moments: Iterable[datetime]) -> None:
    """At each of them a look saw one achievement more of game 1, of ten points."""
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
            row |= seen | more | {"verdict": "changed", "num_possible_achievements": 10_000}
            rows.append(dict(row))
        for row, following in pairwise(rows):
            row["closed_at"] = following["first_seen_at"]
        rows[-1] |= {"is_open": True, "closed_at": None}
        for row in rows:
            row.pop("id")
        tx.execute(snapshots.insert(), rows)
    home.clock.moment = max(home.clock.moment, rows[-1]["last_seen_at"])


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """110 days, with changes at any hour, some days without one, and clocks that are changed in between."""
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('season') / 'syncer.db'}")
    home.clock.pass_by((START.replace(month=9) - START).total_seconds())
    home.poll()
    rng = Random(5)
    scored(home, sorted(home.clock.moment + DAY * 110 * rng.random() for _ in range(200)))
    yield home
    home.close()


@pytest.mark.parametrize("zone", ZONES)
def test_each_day_ends_at_the_players_midnight(season: SyncHarness, zone: str) -> None:
    visit = visiting(context_of(season), zone=ZoneInfo(zone))
    ended: dict[str, int] = {}
    for row in season.history(1):
        ended[f"{row['first_seen_at'].astimezone(visit.context.zone):%Y-%m-%d}"] = row["score_achieved"]
    since = f"{visit.today - 92 * DAY:%Y-%m-%d}"
    wanted = [(day, points) for day, points in sorted(ended.items(), reverse=True) if day >= since]
    table = points_by_day(visit)
    assert [(f"{at.astimezone(visit.context.zone):%Y-%m-%d}", points) for at, points, _ in table] == wanted
    assert 50 < len(wanted) < 93
    assert [hardcore for _, _, hardcore in table] == [points for _, points in wanted]


def test_a_day_without_a_change_is_left_out_today_too(season: SyncHarness) -> None:
    visit = visiting(context_of(season), now=lambda: season.clock.now() + 3 * DAY)
    assert points_by_day(visit)[0][0] < visit.now - DAY


def test_the_last_seven_days_begin_at_a_midnight_after_the_clocks_were_changed(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.clock.pass_by((datetime(2026, 10, 20, tzinfo=UTC) - START).total_seconds())
    home.poll()
    midnight = datetime(2026, 10, 21, tzinfo=berlin).astimezone(UTC)
    scored(home, [midnight - HOUR / 2, midnight + HOUR / 2])
    visit = visiting(context_of(home), zone=berlin, now=lambda: datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert gains_since(visit, visit.today - 6 * DAY) == {"achievements": 1, "points": 10}
    home.close()


@pytest.mark.parametrize(("now", "this", "longest"), [(2, 5, "5 days"), (1, 4, "4 days"), (20, 0, "5 days")])
def test_streaks_go_on_over_new_year(tmp_path: Path, now: int, this: int, longest: str) -> None:
    """From 29 December on, each day to the second of January; asked on a January day."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    noon = datetime(2026, 12, 29, 12, tzinfo=UTC)
    scored(home, [noon + n * DAY for n in range(5) if n < 3 + now])
    home.clock.moment = datetime(2027, 1, now, 20, tzinfo=UTC)
    with served(context_of(home)) as browser:
        text = re.sub(r"<[^>]+>", " ", browser.get("/calendar").text)
        assert re.search(rf"Current streak\s+{this}\s", text)
        assert re.search(rf"Longest streak\s+{longest.split()[0]}\s", text)
        past = re.sub(r"<[^>]+>", " ", browser.get("/calendar?year=2026").text)
        assert re.search(r"Longest streak\s+3\s", past)
    home.close()


def test_the_curve_begins_when_the_first_round_is_whole(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", batch_size=1)
    for game in home.games:
        home.world.earn("Tester", game, 4, home.clock.now())
    home.poll()
    home.live(2 * HOUR)
    with served(context_of(home)) as browser:
        assert set(points(browser)) == {4 * 90}
    home.close()


def points(browser: Browser, query: str = "") -> list[Any]:
    found: list[Any] = browser.get(f"/data/points{query}").json()["values"][0]
    return found


def test_a_window_before_all_looks_is_empty(season: SyncHarness) -> None:
    with served(context_of(season)) as browser:
        assert points(browser, "?to=2020-01-01") == []
        assert points(browser, "?from=2026-10-02&to=2026-10-01") == []
        assert len(points(browser, "?from=2026-10-01&to=2026-10-02")) >= 1


def test_after_the_unlocks_are_not_read_any_more_the_looks_count(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    told = home.clock.now() + HOUR
    scored(home, [told - HOUR / 2, told + DAY, told + DAY + HOUR])
    with home.database.writing() as tx:
        row = {"player_id": 1, "achievement_id": 7, "hardcore": False, "game_id": 1, "title": "It"}
        row |= {"unlocked_at": told - HOUR, "first_seen_at": told, "points": 25, "source": "seen"}
        tx.execute(unlocks.insert(), [row])
        tx.execute(players.update().values(unlocks_synced_until=told))
    visit = visiting(context_of(home))
    assert gains_since(visit, visit.today) == {"achievements": 2, "points": 20}
    assert gains_since(visit, visit.today - DAY) == {"achievements": 3, "points": 45}
    with home.database.writing() as tx:  # all are read anew
        tx.execute(players.update().values(unlocks_synced_until=None))
    assert gains_since(visit, visit.today) == {"achievements": 2, "points": 20}
    home.close()


def test_a_rare_kind_is_searched_for_a_year_at_a_time(season: SyncHarness) -> None:
    """Following the links from one year to the one before it finds what was long ago."""
    path, pages = "/changes?kind=set_revised", 0
    later = season.clock.now() + 800 * DAY
    with served(context_of(season), now=lambda: later) as browser:
        while "Game 1" not in (text := browser.get(path).text).partition("</form>")[2]:
            assert "Searched back to" in text
            (link,) = re.findall(r'<a href="(/changes[^"]*)">Search the year before', text)
            path = unescape(link)
            pages += 1
        assert "Searched back to" not in text  # nothing is older
    assert pages == 2


def test_a_streak_of_more_than_a_year_is_counted_to_its_begin(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    scored(home, [START + n * DAY for n in range(1, 500)])
    with served(context_of(home)) as browser:
        text = re.sub(r"<[^>]+>", " ", browser.get("/calendar").text)
        assert re.search(r"Current streak\s+499\s", text)
        assert re.search(r"Longest streak\s+499\s", text)
    home.close()
