"""GetAchievementsEarnedBetween and GetUserRecentAchievements of the demo server (site-api.md 5.8, 5.9)."""

from datetime import timedelta, timezone

import pytest

from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import DAY, SECOND, fetch_json, handler_world, listed_ids, unlocks_between


@pytest.fixture
def world() -> World:
    return handler_world()


def test_an_unlock_has_these_fields_and_a_date_without_a_zone(server: FaultyServer, world: World) -> None:
    world.unlock("Max", 3, 1013, NOON + timedelta(milliseconds=999))
    assert unlocks_between(server, NOON, NOON) == [
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


def test_both_ends_of_the_window_are_included_and_the_oldest_comes_first(
    server: FaultyServer, world: World
) -> None:
    for n in (3, 1, 0, 2):
        world.earn("Max", 1, 1, NOON + n * SECOND)
    rows = unlocks_between(server, NOON + SECOND, NOON + 2 * SECOND)
    assert [row["Date"][-2:] for row in rows] == ["01", "02"]
    assert [row["CumulScore"] for row in rows] == [2, 6]  # a sum within this answer
    assert unlocks_between(server, NOON + 2 * SECOND, NOON) == []


def test_a_softcore_unlock_repeated_in_hardcore_leaves_its_old_date(
    server: FaultyServer, world: World
) -> None:
    world.earn("Max", 1, 1, NOON)
    world.unlock("Max", 1, world.unlock_table.softcore_only("Max", 1)[0], NOON + DAY, hardcore=True)
    assert unlocks_between(server, NOON, NOON) == []
    (row,) = unlocks_between(server, NOON, NOON + DAY)
    assert (row["Date"], row["HardcoreMode"]) == ("2026-03-02 12:00:00", 1)


def test_demoted_achievements_and_reset_games_disappear_while_small_sets_stay(
    server: FaultyServer, world: World
) -> None:
    for game in (1, 2, 3):
        world.earn("Max", game, 1, NOON)
    world.catalogue.demote(1, next(iter(world.catalogue.games[1].achievements)))
    world.reset_game("Max", 2)
    assert [row["GameID"] for row in unlocks_between(server, NOON, NOON)] == [3]


def test_unlocks_are_returned_at_once_while_the_metrics_lag(server: FaultyServer, world: World) -> None:
    world.metrics.hold()
    world.earn("Max", 1, 1, NOON)
    assert len(unlocks_between(server, NOON, NOON)) == 1
    assert listed_ids(server) == []
    assert request(server, f"y={KEY}&u=Max&i=1").json()["1"]["NumAchieved"] == 0
    world.metrics.catch_up()
    assert listed_ids(server) == [1]


@pytest.fixture
def busy(world: World) -> World:
    """510 unlocks, one a second up to noon."""
    world.add_game("Long", [1] * 510, game_id=9)
    for n, achievement in enumerate(world.unlock_table.locked("Max", 9)):
        world.unlock("Max", 9, achievement, NOON - (509 - n) * SECOND)
    return world


def test_the_newest_of_more_than_500_rows_are_cut_silently(server: FaultyServer, busy: World) -> None:
    rows = unlocks_between(server, NOON - DAY, NOON)
    assert len(rows) == 500
    assert (rows[0]["Date"], rows[-1]["Date"]) == ("2026-03-01 11:51:31", "2026-03-01 11:59:50")
    assert (
        len(unlocks_between(server, NOON - 10 * SECOND, NOON)) == 11
    )  # from the last date on, that one again


def test_more_than_500_rows_of_one_second_cannot_be_read(server: FaultyServer, world: World) -> None:
    world.add_game("Given", [1] * 501, game_id=9)
    world.earn("Max", 9, 501, NOON)
    assert len(unlocks_between(server, NOON, NOON)) == 500


def test_recent_unlocks_are_cut_before_they_are_reversed(server: FaultyServer, busy: World) -> None:
    rows = fetch_json(server, "GetUserRecentAchievements")
    assert len(rows) == 500
    assert (rows[0]["Date"], rows[-1]["Date"]) == ("2026-03-01 11:59:50", "2026-03-01 11:51:31")
    assert "CumulScore" not in rows[0]
    (*_, oldest) = fetch_json(server, "GetUserRecentAchievements", "u=Max&m=1")
    assert oldest["Date"] == "2026-03-01 11:59:00"


def test_recent_unlocks_need_whole_minutes(server: FaultyServer) -> None:
    for m in ("-1", "1.5", "x"):
        assert request(server, f"y={KEY}&u=Max&m={m}", "GetUserRecentAchievements").status_code == 422
    assert fetch_json(server, "GetUserRecentAchievements", "u=Max&m=0") == []


@pytest.mark.parametrize("window", ["", "f=x&t=y", "f[]=1&t[]=2", "f=0"])
def test_invalid_windows_are_no_error(server: FaultyServer, world: World, window: str) -> None:
    world.earn("Max", 1, 1, NOON)
    assert fetch_json(server, "GetAchievementsEarnedBetween", f"u=Max&{window}") == []


def test_dates_are_utc_whatever_the_zone_of_the_unlock(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 1, NOON.astimezone(timezone(timedelta(hours=9))))
    assert unlocks_between(server, NOON, NOON)[0]["Date"] == "2026-03-01 12:00:00"
    assert (
        fetch_json(server, "GetUserCompletionProgress")["Results"][0]["MostRecentAwardedDate"][11:13] == "12"
    )
