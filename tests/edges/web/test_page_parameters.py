"""Parameters of the pages: invalid ones are refused in one sentence, extreme ones are answered."""

import re

import pytest

from .harness import PageClient
from .parsed_page import assert_reveals_nothing

GARBAGE = (
    "from=x",
    "from=2026-13-01",
    "to=99999-01-01",
    "from=0001-01-01T00:00%2B23:59",
    "from=" + "9" * 300,
    "from=2026-05-01T25:00",
    "to=%00",
    "from=%ff%fe",
    "from=now()'--",
)


@pytest.mark.parametrize("query", GARBAGE)
@pytest.mark.parametrize("path", ["/data/points", "/changes"])
def test_invalid_times_are_refused_in_one_sentence(client: PageClient, path: str, query: str) -> None:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 422
    if path == "/data/points":
        assert re.fullmatch(r"(from|to) is .*\.", answer.json()["error"])
    assert_reveals_nothing(answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/games?sort=secret",
        "/games?page=0",
        "/games?page=-1",
        "/games?order=x",
        "/games?page=" + "9" * 99,
        "/changes?kind=x",
        "/changes?game=" + "x" * 101,
        "/changes?before=x",
        "/games/1?before=x",
        "/calendar?year=0",
        "/calendar?year=1e3",
        "/games?q=" + "x" * 101,
        "/data/games?q=" + "x" * 101,
    ],
)
def test_other_invalid_parameters_are_refused(client: PageClient, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize("game", ["0", "-1", "x", "2147483648", "9" * 19, "9" * 5000, "1.0", "1e3"])
def test_impossible_game_id_is_not_found(client: PageClient, game: str) -> None:
    for path in ("/games/", "/data/games/"):
        assert client.get(path + game).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=1926-01-01&to=2126-01-01",
        "from=2126-01-01",
        "to=1926-01-01",
        "from=2026-05-01T12:00Z",
        "from=&to=",
    ],
)
def test_a_hundred_years_are_answered(client: PageClient, query: str) -> None:
    for path in ("/data/points", "/data/games/1", "/changes"):
        assert client.get(f"{path}?{query}").status_code == 200
    assert client.get("/calendar?year=1970").status_code == 200


def test_unknown_player_is_named_and_a_known_one_is_found_in_any_case(client: PageClient) -> None:
    answer = client.get("/?player=<b>Nobody</b>")
    assert answer.status_code == 404
    assert "<b>" not in answer.text
    assert client.get("/data/points?player=Nobody").json() == {
        "error": "No player Nobody is stored (stored: Tester)."
    }
    assert client.get("/games/1?player=tester").status_code == 200
