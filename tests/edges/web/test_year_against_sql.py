"""What the pages show of a simulated year, its days, weeks and games, is what docs/sql.md answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from syncer.core.formats.timestamps import start_of
from syncer.web.app.context import Context
from tests.edges.harness import START
from tests.edges.sql_parameters import BERLIN
from tests.edges.test_sql_docs import asked
from tests.edges.unlock_harness import UnlockHarness
from tests.postgres import Server
from tests.sql_doc import queries

from .harness import GAP_AFTER, ZONE, served
from .parsed_page import read
from .test_what_counts import tiles
from .year_of_play import GAMES, play_year

DAY, WEEK, SECOND = timedelta(days=1), timedelta(days=7), timedelta(seconds=1)
PLAYER, SEED = 1, 15
QUERIES = queries()
Sums = dict[date, tuple[int, int]]  # how many were unlocked, and their points
MANY = [pytest.param((name, 365, 200), marks=pytest.mark.soak, id=name) for name in ("sqlite", "postgresql")]


@dataclass
class PlayedYear:
    """A played time, as the documented queries answer it. `samples`: how many are compared."""

    home: UnlockHarness
    dialect: str
    samples: int

    def ask(self, name: str, **values: Any) -> list[Any]:
        """Return the rows of a query of docs/sql.md."""
        return asked(self.home.database, self.dialect, QUERIES[name], {"player": PLAYER} | values)[1]

    def sums(self, name: str) -> Sums:
        rows = self.ask(name, zone=BERLIN, since=START - 365 * DAY, until=self.home.clock.now() + DAY)
        return {date.fromisoformat(str(day)): (int(count), int(points)) for day, count, points in rows}

    @property
    def days(self) -> list[date]:
        """The days from the first poll to two days before now, when the last unlocks were read."""
        first, last = START.date(), (self.home.clock.now() - 2 * DAY).astimezone(ZONE).date()
        return [first + n * DAY for n in range((last - first).days)]

    def context(self, now: datetime | None = None) -> Context:
        moment = now or self.home.clock.now()
        return Context(self.home.queries, lambda: moment, ZONE, GAP_AFTER)


@pytest.fixture(scope="module", params=[pytest.param(("sqlite", 30, 15), id="30 days"), *MANY])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedYear]:
    dialect, days, samples = request.param
    if dialect == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('year') / 'syncer.db'}"
    else:
        server: Server = request.getfixturevalue("postgres_server")
        url = server.create_database()
    home = play_year(url, days)
    yield PlayedYear(home, dialect, samples)
    home.close()


def chosen(year: PlayedYear) -> list[date]:
    return Random(SEED).choices(year.days, k=year.samples)


def test_days_are_those_of_points_per_day(year: PlayedYear) -> None:
    sums, seen = year.sums("points_per_day"), 0
    with served(year.context()) as client:
        calendar = {n: client.get(f"/calendar?year={n}").text for n in {day.year for day in year.days}}
        for day in chosen(year):
            count, points = sums.get(day, (0, 0))
            assert f"Unlocked {count:,} {points:,} points" in read(client, f"/days/{day}").text, day
            cell = re.search(rf'title="{day:%-d %B}: ([^"]*)"', calendar[day.year])
            expected = f"{count:,} unlocked, {points:,} points" if count else ""
            assert re.sub("(, )?not polled$", "", cell[1] if cell else "") == expected, day
            seen += count
    assert seen > year.samples / 2


def test_weeks_are_those_of_points_per_week(year: PlayedYear) -> None:
    """At the end of a Sunday the last seven days are a week from Monday on."""
    sums, seen = year.sums("points_per_week"), 0
    for day in {day - day.weekday() * DAY for day in chosen(year)} & set(year.days[:-7]):
        count, points = sums.get(day, (0, 0))
        before, _ = sums.get(day - WEEK, (0, 0))
        with served(year.context(start_of(day + WEEK, ZONE) - SECOND)) as client:
            shown = tiles(client, "/")["Last 7 days"]
        expected = f"unlocked on the account, {points:,} points; {before:,} in the 7 days before"
        assert re.fullmatch(rf"{count:,}( [+−][\d,]+)? {re.escape(expected)}", shown), day
        seen += count
    assert seen > 20


def test_year_is_the_sum_of_its_days(year: PlayedYear) -> None:
    sums = year.sums("points_per_day")
    with served(year.context()) as client:
        for number in {day.year for day in year.days}:
            of_year = [sums[day] for day in sums if day.year == number]
            count, points = (sum(column) for column in zip(*of_year, strict=True))
            shown = tiles(client, f"/calendar?year={number}")
            assert shown["Unlocked"] == f"{count:,} {points:,} points"
            assert shown["Days with unlocks"] == f"{len(of_year)} in {number}"


def test_games_are_those_of_game_at(year: PlayedYear) -> None:
    rng, compared = Random(SEED), 0
    with served(year.context()) as client:
        for day in chosen(year):
            game, moment = rng.choice(GAMES), start_of(day + DAY, ZONE)
            answer = client.get(f"/data/games/{game}", params={"to": moment.isoformat()})
            rows = year.ask("game_at", game=game, t=moment)
            if not rows:
                assert answer.status_code == 404
                continue
            lines = [[v for v in values if v is not None][-1] for values in answer.json()["values"]]
            achieved, possible, points, *_ = rows[0]
            assert (lines[0], lines[2]) == (achieved, possible), (game, day)
            if game == GAMES[0] or rng.random() < 0.1:
                achieved, possible, points, *_ = year.ask("game_at", game=game, t=year.home.clock.now())[0]
                text = read(client, f"/games/{game}").text
                assert f"Unlocked {achieved} of {possible} In hardcore" in text
                assert f"Points {points:,} of " in text
            compared += 1
    assert compared > year.samples / 2
