"""What was played last, points and rank of the demo server (site-api.md 5.12 to 5.15)."""

import pytest

from syncer.demo.rankings import OTHERS
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import DAY, SECOND, fetch_json, handler_world


@pytest.fixture
def world() -> World:
    return handler_world()


def test_a_recently_played_row_has_the_fields_of_the_site(server: FaultyServer, world: World) -> None:
    world.earn("Max", 3, 2, NOON, hardcore=True)
    (row,) = fetch_json(server, "GetUserRecentlyPlayedGames")
    icon = "/Images/000003.png"
    assert row == {
        "GameID": 3,
        "ConsoleID": 7,
        "ConsoleName": "NES",
        "Title": "Ñandú/Duel",
        **dict.fromkeys(("ImageIcon", "ImageTitle", "ImageIngame", "ImageBoxArt"), icon),
        "LastPlayed": "2026-03-01 12:00:00",
        "AchievementsTotal": 5,
        "NumPossibleAchievements": 5,
        "PossibleScore": 15,
        "NumAchieved": 2,
        "ScoreAchieved": 3,
        "NumAchievedHardcore": 2,
        "ScoreAchievedHardcore": 3,
    }


def test_ten_rows_come_by_default_and_never_more_than_fifty(server: FaultyServer, world: World) -> None:
    for game_id in range(100, 160):
        world.add_game(f"Game {game_id}", game_id=game_id)
        world.play("Max", game_id, NOON + game_id * SECOND)

    def count(query: str) -> int:
        return len(fetch_json(server, "GetUserRecentlyPlayedGames", f"u=Max{query}"))

    assert [count(query) for query in ("", "&c=0", "&c=7", "&c=500", "&c=500&o=55", "&o=60")] == [
        *(10, 0, 7, 50),
        *(5, 0),
    ]
    wrong = ("&c=-1", "&c=many", "&o=-1", "&o=1.5")
    answers = [request(server, f"y={KEY}&u=Max{query}", "GetUserRecentlyPlayedGames") for query in wrong]
    assert [answer.status_code for answer in answers] == [422] * 4


def test_only_a_later_ping_or_unlock_moves_the_date(server: FaultyServer, world: World) -> None:
    world.play("Max", 1, NOON)
    world.play("Max", 1, NOON - DAY)
    world.earn("Max", 1, 1, NOON - DAY)
    (row,) = fetch_json(server, "GetUserRecentlyPlayedGames")
    assert (row["LastPlayed"], row["NumAchieved"]) == ("2026-03-01 12:00:00", 1)
    with pytest.raises(KeyError):
        world.play("Max", 99, NOON)


def test_an_unknown_player_has_an_empty_list_a_404_and_zeros(server: FaultyServer, world: World) -> None:
    assert fetch_json(server, "GetUserRecentlyPlayedGames", "u=Nobody") == []
    points = request(server, f"y={KEY}&u=Nobody", "GetUserPoints")
    assert (points.status_code, points.json()) == (404, [])
    zeros = {"Score": 0, "SoftcoreScore": 0, "Rank": None, "TotalRanked": OTHERS}
    assert fetch_json(server, "GetUserRankAndScore", "u=Nobody") == zeros


def test_a_banned_player_keeps_the_points_and_loses_the_rank(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.earn("Max", 2, 1, NOON)
    assert fetch_json(server, "GetUserPoints") == {"Points": 25, "SoftcorePoints": 1}
    assert fetch_json(server, "GetUserRankAndScore")["Rank"] < OTHERS
    world.add_account("Owner", "b" * 32)
    world.accounts.ban("Max")
    banned = request(server, f"y={'b' * 32}&u=Max", "GetUserRankAndScore").json()
    assert banned == {"Score": 25, "SoftcoreScore": 1, "Rank": None, "TotalRanked": OTHERS}


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("GetUserRankAndScore", 200, {"Score": 0, "SoftcoreScore": 0, "Rank": None, "TotalRanked": OTHERS}),
        ("GetUserPoints", 404, []),
        ("GetUserProfile", 404, []),
        ("GetUserRecentlyPlayedGames", 200, []),
        ("GetUserCompletionProgress", 200, {"Count": 0, "Total": 0, "Results": []}),
    ],
)
def test_a_fault_answers_as_for_an_unknown_player(
    server: FaultyServer, world: World, name: str, status: int, body: object
) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    server.fault = "unknown_player"
    answer = request(server, f"y={KEY}&u=Max", name)
    assert (answer.status_code, answer.json()) == (status, body)
