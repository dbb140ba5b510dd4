"""/players and /compare: their numbers are those of each player's own pages, on both databases."""

import re
from zoneinfo import ZoneInfo

import pytest

from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.edges.sql_facts import GAP_AFTER, NOW

from .five_months import client, database
from .harness import PageClient
from .parsed_page import read

__all__ = ["client", "database"]  # fixtures, requested by their names


@pytest.fixture(scope="module")
def names(database: Database) -> list[str]:
    return [player.username for player in Queries(database).players.select()]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_numbers_of_a_player_are_those_of_the_overview(
    client: PageClient, database: Database, names: list[str]
) -> None:
    queries = Queries(database)
    rows = queries.player_table.of(queries.players.select(), ZoneInfo("UTC"), NOW, GAP_AFTER)
    assert [row.player.username for row in rows] == names
    for row in rows:
        text = read(client, f"/?player={row.player.username}").text
        assert f"Hardcore points {row.hardcore_points:,} " in text
        assert f"Softcore points {row.softcore_points:,} " in text
        week = re.search(r"Last 7 days ([\d,]+) .*?unlocked on the account, ([\d,]+) points", text)
        assert week, text
        assert (number(week[1]), number(week[2])) == (row.achievements, row.points)
        assert row.streak
        assert f"Current streak {row.streak.days} " in text


def test_players_are_sorted_and_searched(client: PageClient, names: list[str]) -> None:
    for path, first in (("/players?sort=name", min(names)), ("/players?sort=name&order=down", max(names))):
        text = read(client, path).text
        assert min(names, key=lambda name: text.index(name, text.index("Last unlock"))) == first
    assert f"{len(names)} players" in read(client, "/players").text
    part = names[0][:3]
    assert "1 player" in read(client, f"/players?q={part}").text
    assert "No player has “nobody”" in read(client, "/players?q=nobody").text
    assert client.get(f"/players?q={names[0]}", allow_redirects=False).status_code == 303
    assert client.get("/data/players", params={"q": part}).json() == {"players": [names[0]]}


def test_two_players_are_compared(client: PageClient, database: Database, names: list[str]) -> None:
    first, second, *_ = names
    text = read(client, f"/compare?player={first}&with={second}").text
    queries = Queries(database)
    a, b, *_ = queries.player_table.of(queries.players.select(), ZoneInfo("UTC"), NOW, GAP_AFTER)
    assert f"Hardcore points {a.hardcore_points:,} {b.hardcore_points:,}" in text
    assert re.search(r"in \d+ of \d+ common games", text)
    chart = client.get("/data/compare", params={"player": first, "with": second}).json()
    assert chart["labels"] == {"first": first, "second": second}
    for name, values in zip(names, chart["values"], strict=False):
        points = client.get("/data/points", params={"player": name}).json()["values"][0]
        assert [v for v in values if v is not None][-1] == [v for v in points if v is not None][-1]


def test_a_comparison_needs_another_player(client: PageClient, names: list[str]) -> None:
    for more in ({}, {"with": names[0]}):
        answer = client.get("/compare", params={"player": names[0], **more}, allow_redirects=False)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/players")
    assert client.get("/compare", params={"with": "nobody"}).status_code == 422
    assert client.get("/data/compare", params={"player": names[0]}).status_code == 404
