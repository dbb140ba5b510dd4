"""GetUserCompletionProgress of the demo server (site-api.md 5.3)."""

import pytest

from syncer.demo.models import PROGRESSION, WIN_CONDITION
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import DAY, MINUTE, SECOND, SIX, fetch_json, handler_world, listed_ids


@pytest.fixture
def world() -> World:
    return handler_world()


def test_a_played_game_has_these_fields_and_dates_with_a_zone(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 2, NOON)
    world.earn("Max", 1, 1, NOON + MINUTE, hardcore=True)
    assert fetch_json(server, "GetUserCompletionProgress") == {
        "Count": 1,
        "Total": 1,
        "Results": [
            {
                "GameID": 1,
                "Title": "Lantern Keeper",
                "ImageIcon": "/Images/000001.png",
                "ConsoleID": 7,
                "ConsoleName": "NES",
                "MaxPossible": 6,
                "NumAwarded": 3,
                "NumAwardedHardcore": 1,
                "MostRecentAwardedDate": "2026-03-01T12:01:00+00:00",
                "HighestAwardKind": None,
                "HighestAwardDate": None,
            }
        ],
    }


def test_small_sets_unplayed_games_inactive_consoles_and_events_are_not_listed(
    server: FaultyServer, world: World
) -> None:
    world.add_game("Idle", SIX, game_id=5, console="Zeebo")
    world.add_game("Event", SIX, game_id=6, console="Events")
    for game in (1, 3, 5, 6):
        world.earn("Max", game, 6, NOON)
    assert listed_ids(server) == [1]
    world.add_achievements(3, [5])  # the sixth
    assert listed_ids(server) == [1, 3]


def test_an_award_without_a_game_in_the_list_is_a_row_of_zeros(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.catalogue.demote(1, next(iter(world.catalogue.games[1].achievements)))
    (row,) = fetch_json(server, "GetUserCompletionProgress")["Results"]
    assert (row["MaxPossible"], row["NumAwarded"], row["NumAwardedHardcore"]) == (0, 0, 0)
    assert (row["HighestAwardKind"], row["HighestAwardDate"]) == ("mastered", "2026-03-01T12:00:00+00:00")
    assert request(server, f"y={KEY}&u=Max&i=1").json()["1"]["NumAchieved"] == 5


def test_a_mastery_survives_a_revision_and_ends_with_a_reset(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON)
    world.add_achievements(1, [25])
    (row,) = fetch_json(server, "GetUserCompletionProgress")["Results"]
    assert (row["MaxPossible"], row["NumAwarded"], row["HighestAwardKind"]) == (7, 6, "completed")
    world.reset_game("Max", 1)
    assert listed_ids(server) == []


def test_the_award_of_a_beaten_game_ends_when_it_is_not_beaten_any_more(
    server: FaultyServer, world: World
) -> None:
    way, end, *_ = world.catalogue.games[1].achievements
    world.catalogue.set_type(1, way, PROGRESSION)
    world.catalogue.set_type(1, end, WIN_CONDITION)
    world.unlock("Max", 1, way, NOON)
    world.unlock("Max", 1, end, NOON + MINUTE)

    def kind() -> object:
        return fetch_json(server, "GetUserCompletionProgress")["Results"][0]["HighestAwardKind"]

    assert kind() == "beaten-softcore"
    world.unlock("Max", 1, way, NOON + DAY, hardcore=True)
    world.unlock("Max", 1, end, NOON + DAY, hardcore=True)
    assert kind() == "beaten-hardcore"
    (more,) = world.add_achievements(1, [5])
    world.catalogue.set_type(1, more, PROGRESSION)
    assert kind() is None


def test_the_newest_unlock_comes_first_so_the_pages_move(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.earn("Max", 2, 1, NOON + MINUTE)
    assert listed_ids(server, "u=Max&c=1") == [2]
    world.earn("Max", 1, 1, NOON + DAY)
    assert listed_ids(server, "u=Max&c=1&o=1") == [2]  # a second time; 1 is never seen
    assert listed_ids(server) == [1, 2]


def test_repeating_an_unlock_in_hardcore_moves_no_page(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.earn("Max", 2, 1, NOON + MINUTE)
    world.unlock("Max", 1, world.unlock_table.softcore_only("Max", 1)[0], NOON + DAY, hardcore=True)
    assert listed_ids(server) == [2, 1]


def test_a_page_has_a_hundred_rows_or_as_many_as_requested(server: FaultyServer, world: World) -> None:
    for game_id in range(100, 220):
        world.add_game(f"Game {game_id}", SIX, game_id=game_id)
        world.earn("Max", game_id, 1, NOON + game_id * SECOND)
    page = fetch_json(server, "GetUserCompletionProgress")
    assert (page["Count"], page["Total"], len(page["Results"])) == (100, 120, 100)
    assert listed_ids(server, "u=Max&o=100&c=500") == list(range(119, 99, -1))
    beyond = fetch_json(server, "GetUserCompletionProgress", "u=Max&o=120")
    assert beyond == {"Count": 0, "Total": 120, "Results": []}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("c=501", "The c must not be greater than 500."),
        ("c=0", "The c must be at least 1."),
        ("c=ten", "The c must be an integer."),
        ("c=1.0", "The c must be an integer."),
        ("c=010", "The c must be an integer."),
        ("c[]=1", "The c must be an integer."),
        ("o=-1", "The o must be at least 0."),
    ],
)
def test_invalid_page_parameters_are_422(server: FaultyServer, query: str, message: str) -> None:
    answer = request(server, f"y={KEY}&u=Max&{query}", "GetUserCompletionProgress")
    assert (answer.status_code, answer.json()["message"]) == (422, message)


def test_empty_parameters_count_as_absent(server: FaultyServer) -> None:
    assert fetch_json(server, "GetUserCompletionProgress", "u=Max&o=&c=")["Total"] == 0
