"""Answers about played games, titles and unlocks that no site should send."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from syncer.api import RetroAchievements
from syncer.core.errors import (
    BatchError,
    PlayerNotFound,
    Unauthorized,
)
from tests.edges.raw_server import RawServer, answer

from .calls import CALLS, DAY, NOON, SECOND
from .harness import ClientHarness, failed, library

PROFILE = answer(json.dumps({"User": "Max", "ULID": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}))
NO_PROFILE = answer("[]", "404 Not Found")
PAGE = {"Count": 0, "Total": 0, "Results": []}
EARNED: dict[str, Any] = {
    "AchievementID": 7,
    "GameID": 1,
    "Title": "A",
    "Points": 5,
    "HardcoreMode": 1,
    "Date": "2026-03-01 12:00:00",
    "GameTitle": "One",
    "ConsoleName": "NES",
    "GameIcon": "/Images/1.png",
}


@pytest.mark.parametrize(
    "page",
    [
        [],
        {},
        {"Count": 0, "Total": 0},
        {"Count": 0, "Results": []},
        {"Count": 1, "Total": 1, "Results": []},  # cut off, or inconsistent
        {"Count": 0, "Total": -1, "Results": []},
        {"Count": 0, "Total": None, "Results": []},
        {"Count": 1, "Total": 1, "Results": {"0": {}}},
    ],
)
def test_an_invalid_page_is_rejected(page: object) -> None:
    with RawServer(answer(json.dumps(page))) as server, library(server) as ra, pytest.raises(BatchError):
        ra.get_user_completion_progress("Max")


@pytest.mark.parametrize("body", ["{}", '{"success":false}', "7", '"[]"', '[{"T":1}]', "[[]]", "[null]"])
@pytest.mark.parametrize("name", ["unlocks", "games", "consoles"])
def test_an_invalid_list_of_rows_is_rejected(name: str, body: str) -> None:
    with RawServer(answer(body), PROFILE) as server, library(server) as ra, pytest.raises(BatchError):
        CALLS[name](ra)


@pytest.mark.parametrize("body", ["[]", "{}"])
def test_an_empty_answer_is_no_game(body: str) -> None:
    with RawServer(answer(body)) as server, library(server) as ra:
        assert ra.get_game(1) is None


@pytest.mark.parametrize("body", ["[1]", "0", "false", '""', '{"success":false}'])
def test_an_invalid_game_is_rejected_and_not_taken_for_none(body: str) -> None:
    script = answer(body)
    with RawServer(script) as server, library(server) as ra, pytest.raises(BatchError, match="game 1"):
        ra.get_game(1)


@pytest.mark.parametrize("name", ["completion", "unlocks"])
def test_an_empty_answer_is_checked_by_the_profile(name: str) -> None:
    nothing = answer(json.dumps(PAGE) if name == "completion" else "[]")
    with RawServer(nothing, NO_PROFILE) as server, library(server) as ra, pytest.raises(PlayerNotFound):
        CALLS[name](ra)
    with RawServer(nothing, PROFILE) as server, library(server) as ra:
        CALLS[name](ra)
        assert len(server.requests) == 2


def test_the_page_limit_counts_unparsable_rows() -> None:
    rows = [{"GameID": None}] * 499 + [EARNED]
    with RawServer(answer(json.dumps(rows))) as server:
        unlocks = ClientHarness(server).source.achievements_earned_between("Max", NOON, NOON)
    assert (len(unlocks.unreadable), len(unlocks.rows), unlocks.is_truncated) == (499, 1, True)


@pytest.mark.parametrize(
    "rows",
    [
        [{"GameID": None}] * 500,  # no row to continue from
        [EARNED | {"Date": "2026-03-01 12:00:01"}],  # `t` was ignored
        [EARNED, EARNED | {"AchievementID": 8, "Date": "2026-02-28 11:59:59"}],
    ],
)
def test_an_answer_for_another_window_is_rejected(rows: list[dict[str, Any]]) -> None:
    with RawServer(answer(json.dumps(rows))) as server, pytest.raises(BatchError):
        ClientHarness(server).source.achievements_earned_between("Max", NOON - DAY, NOON)


def test_a_title_of_a_megabyte_with_control_characters_is_sanitised() -> None:
    row = {"ID": 1, "ConsoleID": 7, "ConsoleName": "NES\0", "ImageIcon": "//x/y"}
    row["Title"] = "\ud800\x1b[31m" + "x" * 1_000_000
    with RawServer(answer(json.dumps([row]))) as server, library(server) as ra:
        (game,) = ra.get_game_list(7)
    assert game.title == "\ufffd\ufffd[31m" + "x" * 249
    assert (game.console_name, game.icon_path) == ("NES\ufffd", "")


def test_a_list_of_thousands_of_games_is_read_whole() -> None:
    row = {"Title": "A title of usual length: the game", "ConsoleID": 7, "ConsoleName": "NES/Famicom"}
    row |= {"ImageIcon": "/Images/085573.png", "NumAchievements": 33, "NumLeaderboards": 3, "Points": 410}
    row |= {"DateModified": "2026-03-01 12:00:00", "ForumTopicID": 12345}
    body = json.dumps([{**row, "ID": number} for number in range(1, 8001)])
    assert len(body) > 2_000_000
    with RawServer(answer(body)) as server, library(server) as ra:
        games = ra.get_game_list(7)
    assert len(games) == 8000
    assert (games[-1].num_achievements, games[-1].points) == (33, 410)


INVALID_CALLS: list[Callable[[RetroAchievements], object]] = [
    lambda ra: ra.get_user_completion_progress("Max", -1),
    lambda ra: ra.get_user_completion_progress("Max", 0, 0),
    lambda ra: ra.get_user_completion_progress("Max", 0, 501),
    lambda ra: ra.get_achievements_earned_between("Max", NOON, NOON - SECOND),
    lambda ra: ra.get_achievements_earned_between("Max", NOON.replace(tzinfo=None), NOON),
    lambda ra: ra.get_game(0),
    lambda ra: ra.get_game(True),
    lambda ra: ra.get_game_list(-7),
]


@pytest.mark.parametrize("call", INVALID_CALLS, ids=range(len(INVALID_CALLS)))
def test_parameters_that_the_site_would_misread_are_refused(call: Callable[[Any], object]) -> None:
    with RawServer(answer("[]")) as server, library(server) as ra:
        with pytest.raises(ValueError, match=r"needed|window|naive|ids"):
            call(ra)
        assert server.connections == 0


def test_a_transient_error_is_retried() -> None:
    with RawServer(answer(""), answer("[]")) as server, library(server) as ra:
        assert ra.get_game(1) is None
        assert len(server.requests) == 2


def test_a_refused_key_is_raised_by_every_endpoint() -> None:
    assert failed(Unauthorized, answer("[]", "401 Unauthorized"))
    for call in CALLS.values():
        with RawServer(answer("[]", "401 Unauthorized")) as server, library(server) as ra:
            with pytest.raises(Unauthorized):
                call(ra)
            assert len(server.requests) == 1
