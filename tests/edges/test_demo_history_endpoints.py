"""Played games, names and unlocks, asked over real sockets: of the simulated site, and of worse ones."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import ANY

import pytest

from syncer.api import ApiSource, Client, InMemoryBudget, RetroAchievements, Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    ApiError,
    BatchError,
    InvalidRequest,
    PlayerNotFound,
    SiteUnavailable,
    Unauthorized,
)
from syncer.core.model.library import AwardKind, CompletionPage, ConsoleInfo, GameInfo, Unlock, UnlockPage
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .raw_server import RawServer, answer
from .test_client import ClientHarness, failed, library

KEY = "canary0000111122223333444455556a"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SIX = [1, 2, 3, 4, 5, 10]
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
QUESTIONS: dict[str, Callable[[RetroAchievements], object]] = {
    "completion": lambda ra: ra.get_user_completion_progress("Max"),
    "unlocks": lambda ra: ra.get_achievements_earned_between("Max", NOON - DAY, NOON + 9 * DAY),
    "game": lambda ra: ra.get_game(1),
    "games": lambda ra: ra.get_game_list(7),
    "consoles": lambda ra: ra.get_console_ids(),
}


@pytest.fixture
def world() -> World:
    world = World()
    for game_id, title in ((1, "Lantern/Keeper"), (2, "~Hack~ Señor"), (3, "Tiny")):
        world.add_game(title, SIX[: 5 if game_id == 3 else 6], game_id=game_id)
    world.add_account("Max", KEY)
    return world


@pytest.fixture
def server(world: World) -> Iterator[FaultyServer]:
    with FaultyServer(world, SystemClock()) as server:
        yield server


@pytest.fixture
def ra(server: FaultyServer) -> Iterator[RetroAchievements]:
    with RetroAchievements(
        "Max", KEY, base_url=server.base_url, requests_per_minute=60_000, burst=1000, timeout=5
    ) as ra:
        yield ra


# -- the simulated site -------------------------------------------------------------------------------------


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


def test_games_and_consoles_are_called_so(ra: RetroAchievements, world: World) -> None:
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


def test_unlocks_are_told_with_their_one_moment(ra: RetroAchievements, world: World) -> None:
    casual, redone = list(world.catalogue.games[3].achievements)[:2]
    world.unlock("Max", 3, casual, NOON + timedelta(milliseconds=700))
    world.unlock("Max", 3, redone, NOON)
    world.unlock("Max", 3, redone, NOON + DAY, hardcore=True)
    unlocks = ra.get_achievements_earned_between("Max", NOON, NOON + DAY)
    assert unlocks.rows == (
        Unlock(casual, 3, world.catalogue.games[3].achievements[casual].title, 1, False, NOON),
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


def test_a_walk_over_the_cut_finds_every_unlock_once(ra: RetroAchievements, world: World) -> None:
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


@pytest.mark.parametrize("name", ["completion", "unlocks"])
def test_somebody_without_unlocks_has_nothing_and_nobody_is_unknown(
    server: FaultyServer, world: World, name: str
) -> None:
    world.add_account("Asker", "b" * 32)
    with RetroAchievements("Asker", "b" * 32, base_url=server.base_url, requests_per_minute=6000) as ra:
        QUESTIONS[name](ra)
        world.delete_account("Max")
        with pytest.raises(PlayerNotFound):
            QUESTIONS[name](ra)


@pytest.mark.parametrize(
    ("weather", "error"),
    [
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
    ],
)
@pytest.mark.parametrize("name", QUESTIONS)
def test_in_bad_weather_nothing_is_believed(
    ra: RetroAchievements, server: FaultyServer, world: World, name: str, weather: str, error: type[ApiError]
) -> None:
    world.earn("Max", 1, 1, NOON)
    server.fault = weather
    with pytest.raises(ApiError) as caught:
        QUESTIONS[name](ra)
    assert isinstance(caught.value, error)
    assert "Earn " not in (caught.value.raw or "")  # how descriptions begin here


@pytest.mark.parametrize("name", QUESTIONS)
def test_digits_as_strings_are_numbers(
    ra: RetroAchievements, server: FaultyServer, world: World, name: str
) -> None:
    world.earn("Max", 1, 6, NOON)
    fair = QUESTIONS[name](ra)
    server.fault = "digit_strings"
    assert without_moments(QUESTIONS[name](ra)) == without_moments(fair)


def without_moments(found: object) -> object:
    return (
        (found.games, getattr(found, "rows", 0)) if isinstance(found, CompletionPage | UnlockPage) else found
    )


def test_one_bad_row_is_told_and_the_site_knows_its_neighbours(server: FaultyServer, world: World) -> None:
    for game in (1, 2):
        world.earn("Max", game, 1, NOON)
    server.fault = "nulls:1"
    with RetroAchievements("Max", KEY, base_url=server.base_url) as ra:
        page = ra._site.completion_progress("Max")
        unlocks = ra._site.achievements_earned_between("Max", NOON, NOON)
        games = ra._site.game_list(7)
        assert [game.game_id for game in page.games] == [2]
        assert [unlock.game_id for unlock in unlocks.rows] == [2]
        assert [game.game_id for game in games.games] == [3, 2]
        for answered in (page, unlocks, games):
            (bad,) = answered.unreadable
            assert "not a number" in bad.message
        with pytest.raises(BatchError, match="1 unreadable"):
            ra.get_user_completion_progress("Max")


# -- sites that misbehave -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        [],
        {},
        {"Count": 0, "Total": 0},
        {"Count": 0, "Results": []},
        {"Count": 1, "Total": 1, "Results": []},  # cut, or not what it seems
        {"Count": 0, "Total": -1, "Results": []},
        {"Count": 0, "Total": None, "Results": []},
        {"Count": 1, "Total": 1, "Results": {"0": {}}},
    ],
)
def test_what_is_no_page_is_no_page(page: object) -> None:
    with RawServer(answer(json.dumps(page))) as server, library(server) as ra, pytest.raises(BatchError):
        ra.get_user_completion_progress("Max")


@pytest.mark.parametrize("body", ["{}", '{"success":false}', "7", '"[]"', '[{"ID":1}]', "[[]]", "[null]"])
@pytest.mark.parametrize("name", ["unlocks", "games", "consoles"])
def test_what_is_no_list_of_rows_is_none(name: str, body: str) -> None:
    with RawServer(answer(body), PROFILE) as server, library(server) as ra, pytest.raises(BatchError):
        QUESTIONS[name](ra)


@pytest.mark.parametrize("body", ["[]", "{}"])
def test_a_game_that_is_none_is_none(body: str) -> None:
    with RawServer(answer(body)) as server, library(server) as ra:
        assert ra.get_game(1) is None


@pytest.mark.parametrize("body", ["[1]", "0", "false", '""', '{"success":false}'])
def test_what_is_no_game_is_not_taken_for_none(body: str) -> None:
    whole = answer(body)
    with RawServer(whole) as server, library(server) as ra, pytest.raises(BatchError, match="game 1"):
        ra.get_game(1)


@pytest.mark.parametrize("name", ["completion", "unlocks"])
def test_nothing_at_all_is_asked_about_twice(name: str) -> None:
    nothing = answer(json.dumps(PAGE) if name == "completion" else "[]")
    with RawServer(nothing, NO_PROFILE) as server, library(server) as ra, pytest.raises(PlayerNotFound):
        QUESTIONS[name](ra)
    with RawServer(nothing, PROFILE) as server, library(server) as ra:
        QUESTIONS[name](ra)
        assert len(server.requests) == 2


def test_the_most_that_ever_comes_counts_bad_rows_too() -> None:
    rows = [{"GameID": None}] * 499 + [EARNED]
    with RawServer(answer(json.dumps(rows))) as server:
        unlocks = ClientHarness(server).site.achievements_earned_between("Max", NOON, NOON)
    assert (len(unlocks.unreadable), len(unlocks.rows), unlocks.is_truncated) == (499, 1, True)


@pytest.mark.parametrize(
    "rows",
    [
        [{"GameID": None}] * 500,  # nothing to go on from
        [EARNED | {"Date": "2026-03-01 12:00:01"}],  # a site that does not read `t`
        [EARNED, EARNED | {"AchievementID": 8, "Date": "2026-02-28 11:59:59"}],
    ],
)
def test_an_answer_to_another_question_is_none(rows: list[dict[str, Any]]) -> None:
    with RawServer(answer(json.dumps(rows))) as server, pytest.raises(BatchError):
        ClientHarness(server).site.achievements_earned_between("Max", NOON - DAY, NOON)


def test_one_game_tells_both_moments_of_an_unlock(server: FaultyServer, world: World) -> None:
    first, second, third = [a.id for a in world.catalogue.games[1].promoted()][:3]
    world.unlock("Max", 1, first, NOON)
    world.unlock("Max", 1, first, NOON + DAY, hardcore=True)
    world.unlock("Max", 1, second, NOON, hardcore=True)
    world.unlock("Max", 1, third, NOON)
    site = site_of(server)
    told = site.game_unlocks("Max", 1)
    assert told
    found = {(row.achievement_id, row.hardcore, row.unlocked_at) for row in told.rows}
    assert found == {
        (first, False, NOON),
        (first, True, NOON + DAY),
        (second, True, NOON),
        (third, False, NOON),
    }
    assert (told.counts(), told.info.title) == ((3, 2), "Lantern/Keeper")
    assert site.game_unlocks("Max", 3) == replace(told, info=ANY, rows=(), at=ANY)
    assert site.game_unlocks("Max", 99) is None


GAME = {"Title": "One", "ConsoleID": 7, "ConsoleName": "NES", "ImageIcon": "/Images/1.png"}


@pytest.mark.parametrize(
    "game",
    [
        1,
        {"Title": "One"},
        GAME,  # no achievements at all
        GAME | {"Achievements": [1]},
        GAME | {"Achievements": "none"},
        GAME | {"Achievements": {"1": 7}},
        GAME | {"Achievements": {"1": {"ID": 1, "Title": "A", "Points": 5, "DateEarned": "soon"}}},
        GAME | {"Achievements": {"1": {"Title": "A", "Points": 5, "DateEarned": "2026-03-01 12:00:00"}}},
        GAME | {"Achievements": {"1": EARNED | {"ID": 1, "DateEarned": "2999-03-01 12:00:00"}}},
    ],
)
def test_a_game_that_cannot_be_read_whole_tells_no_unlocks(game: Any) -> None:
    with RawServer(answer(json.dumps(game))) as server, pytest.raises(BatchError, match="game 1"):
        ClientHarness(server).site.game_unlocks("Max", 1)


def test_an_achievement_that_was_not_earned_may_be_odd() -> None:
    earned = {"ID": 1, "Title": "A", "Points": 5, "DateEarned": "2026-03-01 12:00:00"}
    game = GAME | {"Achievements": {"1": earned, "2": {"ID": 2, "Title": None, "DateEarned": None}}}
    with RawServer(answer(json.dumps(game))) as server:
        told = ClientHarness(server).site.game_unlocks("Max", 1)
    assert told
    assert told.counts() == (1, 0)


def test_an_empty_map_of_achievements_may_be_a_list() -> None:
    with RawServer(answer(json.dumps(GAME | {"Achievements": []}))) as server:
        told = ClientHarness(server).site.game_unlocks("Max", 1)
    assert told
    assert (told.rows, told.counts()) == ((), (0, 0))


def site_of(server: FaultyServer) -> ApiSource:
    clock = SystemClock()
    gate = RateLimiter(InMemoryBudget(clock), RateLimits(60_000, 1000), clock)
    return ApiSource(
        Client(Transport(server.base_url, KEY, clock=clock, timeout=5), gate, "Max", clock=clock)
    )


def test_a_title_of_a_megabyte_and_control_characters_is_short_and_harmless() -> None:
    row = {"ID": 1, "ConsoleID": 7, "ConsoleName": "NES\0", "ImageIcon": "//x/y"}
    row["Title"] = "\ud800\x1b[31m" + "x" * 1_000_000
    with RawServer(answer(json.dumps([row]))) as server, library(server) as ra:
        (game,) = ra.get_game_list(7)
    assert game.title == "\ufffd\ufffd[31m" + "x" * 249
    assert (game.console_name, game.icon_path) == ("NES\ufffd", "")


BAD_QUESTIONS: list[Callable[[RetroAchievements], object]] = [
    lambda ra: ra.get_user_completion_progress("Max", -1),
    lambda ra: ra.get_user_completion_progress("Max", 0, 0),
    lambda ra: ra.get_user_completion_progress("Max", 0, 501),
    lambda ra: ra.get_achievements_earned_between("Max", NOON, NOON - SECOND),
    lambda ra: ra.get_achievements_earned_between("Max", NOON.replace(tzinfo=None), NOON),
    lambda ra: ra.get_game(0),
    lambda ra: ra.get_game(True),
    lambda ra: ra.get_game_list(-7),
]


@pytest.mark.parametrize("ask", BAD_QUESTIONS, ids=range(len(BAD_QUESTIONS)))
def test_questions_that_the_site_would_misread_are_not_asked(ask: Callable[[Any], object]) -> None:
    with RawServer(answer("[]")) as server, library(server) as ra:
        with pytest.raises(ValueError, match=r"needed|window|naive|ids"):
            ask(ra)
        assert server.connections == 0


def test_hiccups_are_tried_again() -> None:
    with RawServer(answer(""), answer("[]")) as server, library(server) as ra:
        assert ra.get_game(1) is None
        assert len(server.requests) == 2


def test_a_refused_key_is_refused_for_all_of_them() -> None:
    assert failed(Unauthorized, answer("[]", "401 Unauthorized"))
    for question in QUESTIONS.values():
        with RawServer(answer("[]", "401 Unauthorized")) as server, library(server) as ra:
            with pytest.raises(Unauthorized):
                question(ra)
            assert len(server.requests) == 1
