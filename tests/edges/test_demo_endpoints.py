"""What the demo server tells about played games, names, unlocks and awards, trap by trap of site-api.md."""

import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from syncer.demo import endpoints
from syncer.demo.catalogue import CONSOLES
from syncer.demo.models import BEATEN, PROGRESSION, WIN_CONDITION, Award
from syncer.demo.server import DemoServer
from syncer.demo.world import World

from .test_demo_server import KEY, NOON, HandClock, ask

SIX, FIVE = [1, 2, 3, 4, 5, 10], [1, 2, 3, 4, 5]
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world() -> World:
    world = World()
    world.add_game("Lantern Keeper", SIX, game_id=1)
    world.add_game("~Hack~ Moth", SIX, game_id=2)
    world.add_game("Ñandú/Duel", FIVE, game_id=3)
    world.add_account("Max", KEY)
    return world


@pytest.fixture
def server(world: World, clock: HandClock) -> Iterator[DemoServer]:
    with DemoServer(world, clock) as server:
        yield server


def told(server: DemoServer, name: str, query: str = "u=Max") -> Any:
    answer = ask(server, f"y={KEY}&{query}", name)
    assert answer.status_code == 200
    return answer.json()


def listed(server: DemoServer, query: str = "u=Max") -> list[int]:
    return [row["GameID"] for row in told(server, "GetUserCompletionProgress", query)["Results"]]


def between(server: DemoServer, start: datetime, end: datetime) -> list[dict[str, Any]]:
    window = f"u=Max&f={int(start.timestamp())}&t={int(end.timestamp())}"
    rows: list[dict[str, Any]] = told(server, "GetAchievementsEarnedBetween", window)
    return rows


# -- GetUserCompletionProgress ------------------------------------------------------------------------------


def test_a_played_game_has_these_fields_and_dates_with_a_zone(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 2, NOON)
    world.earn("Max", 1, 1, NOON + MINUTE, hardcore=True)
    assert told(server, "GetUserCompletionProgress") == {
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


def test_small_sets_unplayed_games_idle_consoles_and_events_are_not_listed(
    server: DemoServer, world: World
) -> None:
    world.add_game("Idle", SIX, game_id=5, console="Zeebo")
    world.add_game("Event", SIX, game_id=6, console="Events")
    for game in (1, 3, 5, 6):
        world.earn("Max", game, 6, NOON)
    assert listed(server) == [1]
    world.add_achievements(3, [5])  # the sixth
    assert listed(server) == [1, 3]


def test_an_award_without_a_game_in_the_list_is_a_row_of_zeros(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.demote(1, next(iter(world.games[1].achievements)))
    (row,) = told(server, "GetUserCompletionProgress")["Results"]
    assert (row["MaxPossible"], row["NumAwarded"], row["NumAwardedHardcore"]) == (0, 0, 0)
    assert (row["HighestAwardKind"], row["HighestAwardDate"]) == ("mastered", "2026-03-01T12:00:00+00:00")
    assert ask(server, f"y={KEY}&u=Max&i=1").json()["1"]["NumAchieved"] == 5


def test_a_mastery_outlives_a_revision_and_ends_with_a_reset(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON)
    world.add_achievements(1, [25])
    (row,) = told(server, "GetUserCompletionProgress")["Results"]
    assert (row["MaxPossible"], row["NumAwarded"], row["HighestAwardKind"]) == (7, 6, "completed")
    world.reset_game("Max", 1)
    assert listed(server) == []


def test_a_beaten_game_is_one_only_as_long_as_it_is_beaten(server: DemoServer, world: World) -> None:
    way, end, *_ = world.games[1].achievements
    world.set_type(1, way, PROGRESSION)
    world.set_type(1, end, WIN_CONDITION)
    world.unlock("Max", 1, way, NOON)
    world.unlock("Max", 1, end, NOON + MINUTE)

    def kind() -> object:
        return told(server, "GetUserCompletionProgress")["Results"][0]["HighestAwardKind"]

    assert kind() == "beaten-softcore"
    world.unlock("Max", 1, way, NOON + DAY, hardcore=True)
    world.unlock("Max", 1, end, NOON + DAY, hardcore=True)
    assert kind() == "beaten-hardcore"
    (more,) = world.add_achievements(1, [5])
    world.set_type(1, more, PROGRESSION)
    assert kind() is None


def test_the_newest_unlock_comes_first_so_the_pages_move(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.earn("Max", 2, 1, NOON + MINUTE)
    assert listed(server, "u=Max&c=1") == [2]
    world.earn("Max", 1, 1, NOON + DAY)
    assert listed(server, "u=Max&c=1&o=1") == [2]  # a second time; 1 is never seen
    assert listed(server) == [1, 2]


def test_redoing_in_hardcore_moves_no_page(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.earn("Max", 2, 1, NOON + MINUTE)
    world.unlock("Max", 1, world.casual("Max", 1)[0], NOON + DAY, hardcore=True)
    assert listed(server) == [2, 1]


def test_pages_hold_a_hundred_rows_or_what_was_asked(server: DemoServer, world: World) -> None:
    for game_id in range(100, 220):
        world.add_game(f"Game {game_id}", SIX, game_id=game_id)
        world.earn("Max", game_id, 1, NOON + game_id * SECOND)
    page = told(server, "GetUserCompletionProgress")
    assert (page["Count"], page["Total"], len(page["Results"])) == (100, 120, 100)
    assert listed(server, "u=Max&o=100&c=500") == list(range(119, 99, -1))
    beyond = told(server, "GetUserCompletionProgress", "u=Max&o=120")
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
def test_pages_that_cannot_be_are_422(server: DemoServer, query: str, message: str) -> None:
    answer = ask(server, f"y={KEY}&u=Max&{query}", "GetUserCompletionProgress")
    assert (answer.status_code, answer.json()["message"]) == (422, message)


def test_empty_parameters_are_absent_ones(server: DemoServer) -> None:
    assert told(server, "GetUserCompletionProgress", "u=Max&o=&c=")["Total"] == 0


# -- GetGame, GetGameList, GetConsoleIDs --------------------------------------------------------------------


def test_a_game_is_told_without_its_id(server: DemoServer) -> None:
    game = told(server, "GetGame", "i=3")
    assert len(game) == 17
    assert (game["Title"], game["GameTitle"]) == ("Ñandú/Duel",) * 2
    assert (game["ConsoleID"], game["ConsoleName"], game["Console"]) == (7, "NES", "NES")
    assert game["ImageIcon"] == game["GameIcon"] == "/Images/000003.png"
    assert not {"ID", "GameID", "NumAchievements"} & game.keys()


@pytest.mark.parametrize("query", ["i=4711", "i=", "i=abc", "i=0", "i=-1", "x=1"])
def test_no_such_game_is_an_empty_list(server: DemoServer, query: str) -> None:
    assert ask(server, f"y={KEY}&{query}", "GetGame").text == "[]"


@pytest.mark.parametrize(
    ("i", "title"), [("1abc", "Lantern Keeper"), ("2.9", "~Hack~ Moth"), (" 3", "Ñandú/Duel")]
)
def test_the_id_is_only_cast(server: DemoServer, i: str, title: str) -> None:
    assert told(server, "GetGame", f"i={i}")["Title"] == title


def test_a_game_may_get_another_title(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.retitle(1, "Lamp Keeper")
    assert told(server, "GetGame", "i=1")["Title"] == "Lamp Keeper"
    assert between(server, NOON, NOON)[0]["GameTitle"] == "Lamp Keeper"


def test_a_deleted_game_is_no_game_but_may_stay_in_the_list(server: DemoServer, world: World) -> None:
    world.delete_game(1)
    assert told(server, "GetGame", "i=1") == []
    assert 1 in [row["ID"] for row in told(server, "GetGameList", "i=7")]


def test_games_of_a_console_come_by_title_with_hacks_last(server: DemoServer, world: World) -> None:
    world.add_game("Empty", game_id=4)
    world.add_game("Elsewhere", SIX, game_id=5, console="SNES")
    rows = told(server, "GetGameList", "i=7")
    assert [row["ID"] for row in rows] == [4, 1, 3, 2]
    assert (rows[0]["NumAchievements"], rows[0]["DateModified"]) == (0, None)
    assert (rows[1]["NumAchievements"], rows[1]["Points"]) == (6, 25)
    assert "Hashes" not in rows[0]
    assert [row["ID"] for row in told(server, "GetGameList", "i=7&f=1&h=1&o=1&c=1")] == [3]
    assert len(told(server, "GetGameList", "i=7&h=1&c=0")[0]["Hashes"]) == 1


def test_a_console_that_is_none_is_empty_or_no_success(server: DemoServer) -> None:
    assert told(server, "GetGameList", "i=999999") == []
    for query in ("", "i=0", "i=-7", "i=NES"):
        assert told(server, "GetGameList", query) == {"success": False}


def test_consoles_may_be_idle_or_no_game_systems(server: DemoServer) -> None:
    consoles = told(server, "GetConsoleIDs", "")
    assert [c["ID"] for c in consoles] == [c.id for c in CONSOLES]
    assert [c["ID"] for c in consoles if not c["Active"]] == [70]
    assert [c["ID"] for c in consoles if not c["IsGameSystem"]] == [100, 101]
    assert consoles[0]["IconURL"].startswith("https://")
    assert {70, 100, 101}.isdisjoint(c["ID"] for c in told(server, "GetConsoleIDs", "a=1&g=1"))


# -- GetAchievementsEarnedBetween, GetUserRecentAchievements ------------------------------------------------


def test_an_unlock_has_these_fields_and_a_date_without_a_zone(server: DemoServer, world: World) -> None:
    world.unlock("Max", 3, 1013, NOON + timedelta(milliseconds=999))
    assert between(server, NOON, NOON) == [
        {
            "Date": "2026-03-01 12:00:00",
            "HardcoreMode": 0,
            "AchievementID": 1013,
            "Title": "Brave Compass",
            "Description": "Earn Brave Compass in Ñandú/Duel.",
            "BadgeName": "001013",
            "Points": 1,
            "TrueRatio": 2,
            "Type": None,
            "Author": "DemoSmith",
            "AuthorULID": "01DEM0SM1TH0000000000000AA",
            "GameTitle": "Ñandú/Duel",
            "GameIcon": "/Images/000003.png",
            "GameID": 3,
            "ConsoleName": "NES",
            "CumulScore": 1,
            "BadgeURL": "/Badge/001013.png",
            "GameURL": "/game/3",
        }
    ]


def test_both_ends_of_the_window_are_in_it_and_the_oldest_comes_first(
    server: DemoServer, world: World
) -> None:
    for n in (3, 1, 0, 2):
        world.earn("Max", 1, 1, NOON + n * SECOND)
    rows = between(server, NOON + SECOND, NOON + 2 * SECOND)
    assert [row["Date"][-2:] for row in rows] == ["01", "02"]
    assert [row["CumulScore"] for row in rows] == [2, 6]  # a sum within this answer
    assert between(server, NOON + 2 * SECOND, NOON) == []


def test_a_casual_unlock_that_is_redone_leaves_its_old_date(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.unlock("Max", 1, world.casual("Max", 1)[0], NOON + DAY, hardcore=True)
    assert between(server, NOON, NOON) == []
    (row,) = between(server, NOON, NOON + DAY)
    assert (row["Date"], row["HardcoreMode"]) == ("2026-03-02 12:00:00", 1)


def test_demoted_achievements_and_reset_games_disappear_and_small_sets_are_there(
    server: DemoServer, world: World
) -> None:
    for game in (1, 2, 3):
        world.earn("Max", game, 1, NOON)
    world.demote(1, next(iter(world.games[1].achievements)))
    world.reset_game("Max", 2)
    assert [row["GameID"] for row in between(server, NOON, NOON)] == [3]


def test_unlocks_are_told_at_once_while_the_metrics_lag(server: DemoServer, world: World) -> None:
    world.hold_metrics()
    world.earn("Max", 1, 1, NOON)
    assert len(between(server, NOON, NOON)) == 1
    assert listed(server) == []
    assert ask(server, f"y={KEY}&u=Max&i=1").json()["1"]["NumAchieved"] == 0
    world.catch_up()
    assert listed(server) == [1]


@pytest.fixture
def busy(world: World) -> World:
    """510 unlocks, one a second up to noon."""
    world.add_game("Long", [1] * 510, game_id=9)
    for n, achievement in enumerate(world.locked("Max", 9)):
        world.unlock("Max", 9, achievement, NOON - (509 - n) * SECOND)
    return world


def test_of_more_than_500_rows_the_newest_are_silently_cut(server: DemoServer, busy: World) -> None:
    rows = between(server, NOON - DAY, NOON)
    assert len(rows) == 500
    assert (rows[0]["Date"], rows[-1]["Date"]) == ("2026-03-01 11:51:31", "2026-03-01 11:59:50")
    assert len(between(server, NOON - 10 * SECOND, NOON)) == 11  # from the last date on, that one again


def test_more_than_500_rows_of_one_second_cannot_be_seen(server: DemoServer, world: World) -> None:
    world.add_game("Given", [1] * 501, game_id=9)
    world.earn("Max", 9, 501, NOON)
    assert len(between(server, NOON, NOON)) == 500


def test_recent_ones_are_cut_before_they_are_reversed(server: DemoServer, busy: World) -> None:
    rows = told(server, "GetUserRecentAchievements")
    assert len(rows) == 500
    assert (rows[0]["Date"], rows[-1]["Date"]) == ("2026-03-01 11:59:50", "2026-03-01 11:51:31")
    assert "CumulScore" not in rows[0]
    (*_, oldest) = told(server, "GetUserRecentAchievements", "u=Max&m=1")
    assert oldest["Date"] == "2026-03-01 11:59:00"


def test_recent_ones_need_whole_minutes(server: DemoServer) -> None:
    for m in ("-1", "1.5", "x"):
        assert ask(server, f"y={KEY}&u=Max&m={m}", "GetUserRecentAchievements").status_code == 422
    assert told(server, "GetUserRecentAchievements", "u=Max&m=0") == []


@pytest.mark.parametrize("window", ["", "f=x&t=y", "f[]=1&t[]=2", "f=0"])
def test_odd_windows_are_no_error(server: DemoServer, world: World, window: str) -> None:
    world.earn("Max", 1, 1, NOON)
    assert told(server, "GetAchievementsEarnedBetween", f"u=Max&{window}") == []


def test_dates_are_utc_whatever_the_zone_of_who_writes_them(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON.astimezone(timezone(timedelta(hours=9))))
    assert between(server, NOON, NOON)[0]["Date"] == "2026-03-01 12:00:00"
    assert told(server, "GetUserCompletionProgress")["Results"][0]["MostRecentAwardedDate"][11:13] == "12"


# -- GetUserAwards ------------------------------------------------------------------------------------------


def test_awards_are_counted_hidden_ones_too_and_slashes_are_left_alone(
    server: DemoServer, world: World
) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.earn("Max", 2, 6, NOON + MINUTE)
    world.hide_awards("Max", 2)
    world.give_award("Max", Award("Patreon Supporter", 0, False, NOON))
    world.give_award("Max", Award("Event", 17, False, NOON))
    answer = ask(server, f"y={KEY}&u=Max", "GetUserAwards")
    assert '"/Images/000001.png"' in answer.text
    told = answer.json()
    visible = told.pop("VisibleUserAwards")
    assert told == {
        "TotalAwardsCount": 4,
        "HiddenAwardsCount": 1,
        "MasteryAwardsCount": 1,
        "CompletionAwardsCount": 1,
        "BeatenHardcoreAwardsCount": 0,
        "BeatenSoftcoreAwardsCount": 0,
        "EventAwardsCount": 1,
        "SiteAwardsCount": 1,
    }
    assert [award["AwardType"] for award in visible] == ["Event", "Mastery/Completion", "Patreon Supporter"]
    assert visible[1] == {
        "AwardedAt": "2026-03-01T12:00:00+00:00",
        "AwardType": "Mastery/Completion",
        "AwardData": 1,
        "AwardDataExtra": 1,
        "DisplayOrder": 0,
        "Title": "Lantern Keeper",
        "ConsoleID": 7,
        "ConsoleName": "NES",
        "Flags": None,
        "ImageIcon": "/Images/000001.png",
        "display_award_tier": None,
    }
    assert (visible[0]["Title"], visible[0]["ConsoleID"]) == (None, None)


def test_a_hardcore_award_hides_the_casual_one(server: DemoServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON)
    for achievement in world.casual("Max", 1):
        world.unlock("Max", 1, achievement, NOON + DAY, hardcore=True)
    (award,) = told(server, "GetUserAwards")["VisibleUserAwards"]
    assert (award["AwardDataExtra"], award["AwardedAt"][:10]) == (1, "2026-03-02")


def test_a_mastery_goes_with_one_reset_achievement_but_not_with_a_demotion(
    server: DemoServer, world: World
) -> None:
    first, second, *_ = world.games[1].achievements
    world.earn("Max", 1, 6, NOON)
    world.demote(1, first)
    assert told(server, "GetUserAwards")["CompletionAwardsCount"] == 1
    world.revoke("Max", 1, second)
    assert told(server, "GetUserAwards")["CompletionAwardsCount"] == 0


def test_small_sets_are_beaten_but_never_mastered(server: DemoServer, world: World) -> None:
    *_, end = world.games[3].achievements
    world.set_type(3, end, WIN_CONDITION)
    world.earn("Max", 3, 5, NOON)
    (award,) = told(server, "GetUserAwards")["VisibleUserAwards"]
    assert award["AwardType"] == BEATEN
    (row,) = told(server, "GetUserCompletionProgress")["Results"]
    assert (row["GameID"], row["MaxPossible"], row["HighestAwardKind"]) == (3, 0, "beaten-softcore")


# -- all of them --------------------------------------------------------------------------------------------

NOTHING = {
    "GetUserCompletionProgress": {"Count": 0, "Total": 0, "Results": []},
    "GetAchievementsEarnedBetween": [],
    "GetUserRecentAchievements": [],
}


@pytest.mark.parametrize("name", [*NOTHING, "GetUserAwards"])
def test_unknown_and_deleted_players_have_nothing_and_bad_names_are_422(
    server: DemoServer, world: World, name: str
) -> None:
    world.add_account("Gone")
    world.earn("Gone", 1, 6, NOON)
    world.delete_account("Gone")
    for user in ("Nobody", "Gone"):
        said = told(server, name, f"u={user}&t={2**33}")
        assert said == NOTHING[name] if name in NOTHING else not any(said.values())
    for query in ("", "u=", "u=a", "u=M%C3%BCller"):
        assert ask(server, f"y={KEY}&{query}", name).status_code == 422


@pytest.mark.parametrize(("name", "status"), [("GetFeed", 410), ("GetGameRating", 410), ("GetNothing", 404)])
def test_what_is_retired_or_never_was(server: DemoServer, name: str, status: int) -> None:
    assert ask(server, f"y={KEY}", name).status_code == status


def test_by_ulid_it_is_the_same_player(server: DemoServer, world: World) -> None:
    account = world.resolve("Max")
    assert account is not None
    world.earn(account, 1, 6, datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))
    for name in (*NOTHING, "GetUserAwards"):
        assert told(server, name, f"u={account.ulid}&t={2**31}") == told(server, name, f"u=max&t={2**31}")


def test_every_file_of_endpoints_is_in_the_list() -> None:
    files = {f"{endpoints.__name__}.{module.name}" for module in pkgutil.iter_modules(endpoints.__path__)}
    assert files == {get.__module__ for get in endpoints.ENDPOINTS.values()} - {endpoints.__name__}
