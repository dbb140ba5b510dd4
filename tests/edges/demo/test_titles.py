"""GetGame, GetGameList and GetConsoleIDs of the demo server (site-api.md 5.4, 5.6, 5.7)."""

import pytest

from syncer.demo.catalogue import CONSOLES
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import SIX, fetch_json, handler_world, unlocks_between


@pytest.fixture
def world() -> World:
    return handler_world()


def test_a_game_is_returned_without_its_id(server: FaultyServer) -> None:
    game = fetch_json(server, "GetGame", "i=3")
    assert len(game) == 17
    assert (game["Title"], game["GameTitle"]) == ("Ñandú/Duel",) * 2
    assert (game["ConsoleID"], game["ConsoleName"], game["Console"]) == (7, "NES", "NES")
    assert game["ImageIcon"] == game["GameIcon"] == "/Images/000003.png"
    assert not {"ID", "GameID", "NumAchievements"} & game.keys()


@pytest.mark.parametrize("query", ["i=4711", "i=", "i=abc", "i=0", "i=-1", "x=1"])
def test_an_unknown_game_is_an_empty_list(server: FaultyServer, query: str) -> None:
    assert request(server, f"y={KEY}&{query}", "GetGame").text == "[]"


@pytest.mark.parametrize(
    ("i", "title"), [("1abc", "Lantern Keeper"), ("2.9", "~Hack~ Moth"), (" 3", "Ñandú/Duel")]
)
def test_the_id_is_only_cast(server: FaultyServer, i: str, title: str) -> None:
    assert fetch_json(server, "GetGame", f"i={i}")["Title"] == title


def test_a_changed_title_is_returned_everywhere(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.catalogue.set_title(1, "Lamp Keeper")
    assert fetch_json(server, "GetGame", "i=1")["Title"] == "Lamp Keeper"
    assert unlocks_between(server, NOON, NOON)[0]["GameTitle"] == "Lamp Keeper"


def test_a_deleted_game_stays_in_the_list_of_its_console(server: FaultyServer, world: World) -> None:
    world.catalogue.delete_game(1)
    assert fetch_json(server, "GetGame", "i=1") == []
    assert 1 in [row["ID"] for row in fetch_json(server, "GetGameList", "i=7")]


def test_games_of_a_console_come_by_title_with_hacks_last(server: FaultyServer, world: World) -> None:
    world.add_game("Empty", game_id=4)
    world.add_game("Elsewhere", SIX, game_id=5, console="SNES")
    rows = fetch_json(server, "GetGameList", "i=7")
    assert [row["ID"] for row in rows] == [4, 1, 3, 2]
    assert (rows[0]["NumAchievements"], rows[0]["DateModified"]) == (0, None)
    assert (rows[1]["NumAchievements"], rows[1]["Points"]) == (6, 25)
    assert "Hashes" not in rows[0]
    assert [row["ID"] for row in fetch_json(server, "GetGameList", "i=7&f=1&h=1&o=1&c=1")] == [3]
    assert len(fetch_json(server, "GetGameList", "i=7&h=1&c=0")[0]["Hashes"]) == 1


def test_an_unknown_console_is_empty_and_an_invalid_one_no_success(server: FaultyServer) -> None:
    assert fetch_json(server, "GetGameList", "i=999999") == []
    for query in ("", "i=0", "i=-7", "i=NES"):
        assert fetch_json(server, "GetGameList", query) == {"success": False}


def test_consoles_can_be_inactive_or_no_game_systems(server: FaultyServer) -> None:
    consoles = fetch_json(server, "GetConsoleIDs", "")
    assert [c["ID"] for c in consoles] == [c.id for c in CONSOLES]
    assert [c["ID"] for c in consoles if not c["Active"]] == [70]
    assert [c["ID"] for c in consoles if not c["IsGameSystem"]] == [100, 101]
    assert consoles[0]["IconURL"].startswith("https://")
    assert {70, 100, 101}.isdisjoint(c["ID"] for c in fetch_json(server, "GetConsoleIDs", "a=1&g=1"))
