"""GetUserAwards of the demo server, and when an award is given (site-api.md 5.10)."""

import pytest

from syncer.demo.models import BEATEN, WIN_CONDITION, Award
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import DAY, MINUTE, fetch_json, handler_world


@pytest.fixture
def world() -> World:
    return handler_world()


def test_hidden_awards_are_counted_and_slashes_are_not_escaped(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.earn("Max", 2, 6, NOON + MINUTE)
    world.metrics.hide_awards("Max", 2)
    world.metrics.give_award("Max", Award("Patreon Supporter", 0, False, NOON))
    world.metrics.give_award("Max", Award("Event", 17, False, NOON))
    answer = request(server, f"y={KEY}&u=Max", "GetUserAwards")
    assert '"/Images/000001.png"' in answer.text
    counts = answer.json()
    visible = counts.pop("VisibleUserAwards")
    assert counts == {
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


def test_a_hardcore_award_replaces_the_softcore_one(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 6, NOON)
    for achievement in world.unlock_table.softcore_only("Max", 1):
        world.unlock("Max", 1, achievement, NOON + DAY, hardcore=True)
    (award,) = fetch_json(server, "GetUserAwards")["VisibleUserAwards"]
    assert (award["AwardDataExtra"], award["AwardedAt"][:10]) == (1, "2026-03-02")


def test_a_mastery_ends_with_one_reset_achievement_but_not_with_a_demotion(
    server: FaultyServer, world: World
) -> None:
    first, second, *_ = world.catalogue.games[1].achievements
    world.earn("Max", 1, 6, NOON)
    world.catalogue.demote(1, first)
    assert fetch_json(server, "GetUserAwards")["CompletionAwardsCount"] == 1
    world.revoke("Max", 1, second)
    assert fetch_json(server, "GetUserAwards")["CompletionAwardsCount"] == 0


def test_small_sets_can_be_beaten_but_not_mastered(server: FaultyServer, world: World) -> None:
    *_, end = world.catalogue.games[3].achievements
    world.catalogue.set_type(3, end, WIN_CONDITION)
    world.earn("Max", 3, 5, NOON)
    (award,) = fetch_json(server, "GetUserAwards")["VisibleUserAwards"]
    assert award["AwardType"] == BEATEN
    (row,) = fetch_json(server, "GetUserCompletionProgress")["Results"]
    assert (row["GameID"], row["MaxPossible"], row["HighestAwardKind"]) == (3, 0, "beaten-softcore")


def test_a_game_names_its_highest_award_when_a_is_1(server: FaultyServer, world: World) -> None:
    query = "u=Max&g=1&a=1"
    assert fetch_json(server, "GetGameInfoAndUserProgress", query)["HighestAwardKind"] is None
    world.earn("Max", 1, 6, NOON, hardcore=True)
    game = fetch_json(server, "GetGameInfoAndUserProgress", query)
    named = (game["HighestAwardKind"], game["HighestAwardDate"])
    assert named == ("mastered", "2026-03-01T12:00:00+00:00")
    assert "HighestAwardKind" not in fetch_json(server, "GetGameInfoAndUserProgress", "u=Max&g=1")
