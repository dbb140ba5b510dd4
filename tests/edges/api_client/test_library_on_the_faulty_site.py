"""Played games, titles and unlocks, read by the public class from the simulated site."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from syncer.api import RetroAchievements
from syncer.core.errors import ApiError, BatchError, InvalidRequest, PlayerNotFound, SiteUnavailable
from syncer.core.model.account import RankAndScore
from syncer.core.model.library import AwardKind, CompletionPage, ConsoleInfo, GameInfo, Unlock, UnlockPage
from syncer.core.model.play import RecentPage
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .calls import CALLS, DAY, NOON, SECOND
from .harness import KEY

SIX = [1, 2, 3, 4, 5, 10]


NUMBER_FAULTS = ("nulls", "floats", "booleans", "negatives", "too_large")


@pytest.fixture
def world() -> World:
    world = World()
    for game_id, title in ((1, "Lantern/Keeper"), (2, "~Hack~ Señor"), (3, "Tiny")):
        world.add_game(title, SIX[: 5 if game_id == 3 else 6], game_id=game_id)
    world.add_account("Max", KEY)
    return world


def test_played_games_come_page_by_page(ra: RetroAchievements, world: World, server: FaultyServer) -> None:
    world.earn("Max", 1, 6, NOON, hardcore=True)
    world.earn("Max", 2, 2, NOON + DAY)
    first, second = (ra.get_user_completion_progress("Max", offset, 1) for offset in (0, 1))
    assert first.total == second.total == 2
    (hack,), (mastered,) = first.games, second.games
    assert hack.info == GameInfo(2, "~Hack~ Señor", 7, "NES", "/Images/000002.png")
    assert (hack.max_possible, hack.num_awarded, hack.num_awarded_hardcore) == (6, 2, 0)
    assert (hack.most_recent_awarded_at, hack.award_kind, hack.award_at) == (NOON + DAY, None, None)
    assert (mastered.award_kind, mastered.award_at, mastered.award_only) == (AwardKind.MASTERED, NOON, False)
    assert [asked.query for asked in server.requests] == [f"z=Max&u=Max&o={o}&c=1&y=" for o in (0, 1)]
    assert first.at
    assert first.date


def test_an_award_of_a_small_set_is_marked(ra: RetroAchievements, world: World) -> None:
    world.earn("Max", 1, 6, NOON)
    for achievement in list(world.catalogue.games[1].achievements)[:3]:
        world.catalogue.demote(1, achievement)
    (row,) = ra.get_user_completion_progress("Max").games
    assert (row.award_only, row.award_kind, row.num_awarded) == (True, AwardKind.COMPLETED, 0)


def test_games_and_consoles_have_their_titles(ra: RetroAchievements, world: World) -> None:
    world.add_game("Empty", game_id=4)
    assert ra.get_game(2) == GameInfo(2, "~Hack~ Señor", 7, "NES", "/Images/000002.png")
    assert ra.get_game(4711) is None
    assert [game.game_id for game in ra.get_game_list(7)] == [1, 3, 2]
    assert ra.get_game_list(7, with_achievements=False)[0].title == "Empty"
    assert ra.get_game_list(999) == ()
    consoles = {console.console_id: console for console in ra.get_console_ids()}
    assert consoles[7] == ConsoleInfo(7, "NES", True, True)
    assert not consoles[101].is_game_system
    assert not consoles[70].active


def test_each_unlock_has_its_latest_moment(ra: RetroAchievements, world: World) -> None:
    softcore, redone = list(world.catalogue.games[3].achievements)[:2]
    world.unlock("Max", 3, softcore, NOON + timedelta(milliseconds=700))
    world.unlock("Max", 3, redone, NOON)
    world.unlock("Max", 3, redone, NOON + DAY, hardcore=True)
    unlocks = ra.get_achievements_earned_between("Max", NOON, NOON + DAY)
    assert unlocks.rows == (
        Unlock(softcore, 3, world.catalogue.games[3].achievements[softcore].title, 1, False, NOON),
        Unlock(redone, 3, world.catalogue.games[3].achievements[redone].title, 2, True, NOON + DAY),
    )
    assert unlocks.games == (GameInfo(3, "Tiny", None, "NES", "/Images/000003.png"),)
    assert not unlocks.is_truncated


def test_a_window_is_whole_seconds_in_any_zone(
    ra: RetroAchievements, world: World, server: FaultyServer
) -> None:
    world.earn("Max", 1, 1, NOON)
    start = datetime.fromisoformat("2026-03-01T21:00:00.900+09:00")
    assert len(ra.get_achievements_earned_between("Max", start, start).rows) == 1
    assert f"f={int(NOON.timestamp())}&t={int(NOON.timestamp())}&" in server.requests[0].query


def test_reading_on_after_a_truncated_page_finds_every_unlock_once(
    ra: RetroAchievements, world: World
) -> None:
    world.add_game("Long", [1] * 1200, game_id=9)
    for n, achievement in enumerate(world.unlock_table.locked("Max", 9)):
        world.unlock("Max", 9, achievement, NOON + n // 3 * SECOND)
    found: dict[int, Unlock] = {}
    start = NOON
    for _ in count():
        unlocks = ra.get_achievements_earned_between("Max", start, NOON + DAY)
        found |= {unlock.achievement_id: unlock for unlock in unlocks.rows}
        if not unlocks.is_truncated:
            break
        start = unlocks.rows[-1].unlocked_at
    assert len(found) == 1200


@pytest.mark.parametrize("name", ["completion", "unlocks", "recent", "rank", "points"])
def test_a_player_without_unlocks_has_none_and_an_unknown_player_is_an_error(
    server: FaultyServer, world: World, name: str
) -> None:
    world.add_account("Owner", "b" * 32)
    with RetroAchievements("Owner", "b" * 32, base_url=server.base_url, requests_per_minute=6000) as ra:
        CALLS[name](ra)
        world.delete_account("Max")
        with pytest.raises(PlayerNotFound):
            CALLS[name](ra)


FAULTS: list[tuple[str, type[ApiError]]] = [
    ("html_200", SiteUnavailable),
    ("403", SiteUnavailable),
    ("404", SiteUnavailable),
    ("410", SiteUnavailable),
    ("422", InvalidRequest),
    ("500", BatchError),
    ("null", BatchError),
    ("string", BatchError),
    ("nulls", BatchError),
    ("floats", BatchError),
    ("booleans", BatchError),
    ("negatives", BatchError),
    ("too_large", BatchError),
    ("nan", BatchError),
    ("renamed_fields", BatchError),
    ("lower_camel", BatchError),
]
CASES = [  # a title costs no number
    (name, *fault) for name in CALLS for fault in FAULTS if name != "game" or fault[0] not in NUMBER_FAULTS
]


@pytest.mark.parametrize(("name", "fault", "error"), CASES)
def test_under_a_fault_nothing_is_accepted(
    ra: RetroAchievements, server: FaultyServer, world: World, name: str, fault: str, error: type[ApiError]
) -> None:
    world.earn("Max", 1, 1, NOON)
    server.fault = fault
    with pytest.raises(ApiError) as caught:
        CALLS[name](ra)
    assert isinstance(caught.value, error)
    assert "Earn " not in (caught.value.raw or "")  # how descriptions begin here


@pytest.mark.parametrize("fault", NUMBER_FAULTS)
def test_a_title_is_read_beside_odd_numbers(ra: RetroAchievements, server: FaultyServer, fault: str) -> None:
    server.fault = fault
    assert ra.get_game(1) == GameInfo(1, "Lantern/Keeper", None, "NES", "/Images/000001.png")


@pytest.mark.parametrize("name", CALLS)
def test_digits_as_strings_are_numbers(
    ra: RetroAchievements, server: FaultyServer, world: World, name: str
) -> None:
    world.earn("Max", 1, 6, NOON)
    expected = CALLS[name](ra)
    server.fault = "digit_strings"
    assert without_moments(CALLS[name](ra)) == without_moments(expected)


def without_moments(found: object) -> object:
    if isinstance(found, CompletionPage | RecentPage | UnlockPage):
        return found.games, found.rows
    return replace(found, date=None, at=None) if isinstance(found, RankAndScore) else found


def test_a_bad_row_is_an_error_for_people_and_evidence_beside_good_rows_for_the_sync(
    server: FaultyServer, world: World
) -> None:
    for game in (1, 2):
        world.earn("Max", game, 1, NOON)
    server.fault = "nulls:1"
    with RetroAchievements("Max", KEY, base_url=server.base_url) as ra:
        page = ra.source.completion_progress("Max")
        unlocks = ra.source.achievements_earned_between("Max", NOON, NOON)
        games = ra.source.game_list(7)
        assert [game.game_id for game in page.games] == [2]
        assert [unlock.game_id for unlock in unlocks.rows] == [2]
        assert [game.game_id for game in games.games] == [3, 2]
        for answered in (page, unlocks, games):
            (bad,) = answered.unreadable
            assert "not a number" in bad.message
        with pytest.raises(BatchError, match="1 rows cannot be parsed"):
            ra.get_user_completion_progress("Max")
