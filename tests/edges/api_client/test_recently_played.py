"""What was played last, against the simulated site: its order, its pages, and its lies."""

from datetime import timedelta

import pytest

from syncer.api import RetroAchievements
from syncer.core.errors import BatchError, PlayerNotFound
from syncer.core.model.library import GameInfo
from syncer.core.model.play import MAX_RECENT_PER_PAGE, RecentGame, RecentPage
from syncer.core.model.progress import Progress
from syncer.demo.models import EVENTS
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .calls import DAY, NOON, SECOND
from .harness import KEY


@pytest.fixture
def world() -> World:
    world = World()
    world.add_game("Lantern/Keeper", [1, 2, 3, 4, 5, 10], game_id=1)
    world.add_game("~Hack~ Señor", [5], game_id=2)
    world.add_game("No set", game_id=3)
    world.add_account("Max", KEY)
    return world


def ids(page: RecentPage) -> list[int]:
    return [game.game_id for game in page.games]


def test_a_row_has_the_six_numbers_the_title_and_when_it_was_played(
    ra: RetroAchievements, world: World
) -> None:
    world.earn("Max", 1, 2, NOON, hardcore=True)
    world.play("Max", 1, NOON + timedelta(minutes=4))
    page = ra.get_user_recently_played_games("Max")
    info = GameInfo(1, "Lantern/Keeper", 7, "NES", "/Images/000001.png")
    assert page.games == (RecentGame(info, Progress(6, 25, 2, 3, 2, 3), NOON + timedelta(minutes=4), 6),)
    assert (page.rows, ra.get_user_progress("Max", [1])[1]) == (1, page.games[0].progress)
    assert page.at
    assert page.date


def test_games_without_an_unlock_or_a_set_are_listed_the_newest_played_first(
    ra: RetroAchievements, world: World
) -> None:
    world.earn("Max", 2, 1, NOON)
    world.play("Max", 3, NOON + DAY)
    world.play("Max", 1, NOON - DAY)
    page = ra.get_user_recently_played_games("Max")
    assert ids(page) == [3, 2, 1]
    assert [(game.progress.num_achieved, game.achievements_total) for game in page.games] == [
        (0, None),
        (1, 1),
        (0, 6),
    ]


def test_hubs_events_and_deleted_games_are_left_out_and_inactive_consoles_are_not(
    ra: RetroAchievements, world: World
) -> None:
    for game_id, console in ((7, "Events"), (8, "Hubs"), (9, "Zeebo"), (10, "NES")):
        world.add_game(f"Game {game_id}", [5], game_id=game_id, console=console)
        world.play("Max", game_id, NOON)
    world.catalogue.delete_game(10)
    page = ra.get_user_recently_played_games("Max")
    assert ids(page) == [9]
    assert EVENTS not in [game.info.console_id for game in page.games]


def test_an_offline_unlock_moves_the_game_only_to_the_moment_it_claims(
    ra: RetroAchievements, world: World
) -> None:
    world.play("Max", 2, NOON)
    world.earn("Max", 1, 1, NOON - DAY)
    world.earn("Max", 2, 1, NOON - DAY)
    page = ra.get_user_recently_played_games("Max")
    assert [(game.game_id, game.last_played_at) for game in page.games] == [(2, NOON), (1, NOON - DAY)]
    assert page.games[0].progress.num_achieved == 1  # changed though its date is the old one


def test_a_reset_can_take_the_date_away_and_the_game_comes_last(ra: RetroAchievements, world: World) -> None:
    world.earn("Max", 1, 1, NOON)
    world.play("Max", 2, NOON - DAY)
    world.reset_game("Max", 1)
    page = ra.get_user_recently_played_games("Max")
    assert [(game.game_id, game.last_played_at) for game in page.games] == [(2, NOON - DAY), (1, None)]


def test_all_pages_together_hold_every_game_once(ra: RetroAchievements, world: World) -> None:
    for game_id in range(100, 220):
        world.add_game(f"Game {game_id}", [5], game_id=game_id)
        world.play("Max", game_id, NOON + game_id * SECOND)
    found: list[int] = []
    while True:
        page = ra.get_user_recently_played_games("Max", len(found))
        found += ids(page)
        if page.rows < MAX_RECENT_PER_PAGE:
            break
    assert found == list(range(219, 99, -1))


@pytest.mark.parametrize(("offset", "count"), [(-1, 50), (0, 0), (0, 51), (0, 500)])
def test_a_count_that_the_site_would_lower_silently_is_refused(
    ra: RetroAchievements, server: FaultyServer, offset: int, count: int
) -> None:
    with pytest.raises(ValueError, match="count <= 50"):
        ra.get_user_recently_played_games("Max", offset, count)
    assert server.requests == []


def test_an_empty_list_of_an_unknown_player_is_told_apart_by_the_profile(
    ra: RetroAchievements, world: World, server: FaultyServer
) -> None:
    assert ra.get_user_recently_played_games("Max").games == ()
    server.fault = "unknown_player"
    with pytest.raises(PlayerNotFound):
        ra.get_user_recently_played_games("Max")
    assert ra.source.recently_played("Max").rows == 0  # the list alone does not tell


def test_a_row_with_an_odd_number_is_evidence_beside_good_rows(
    ra: RetroAchievements, world: World, server: FaultyServer
) -> None:
    for game_id in (1, 2):
        world.play("Max", game_id, NOON)
    server.fault = "missing_field:1"
    page = ra.source.recently_played("Max")
    assert (ids(page), page.rows) == ([2], 2)
    assert page.unreadable[0].message == "ScoreAchieved is missing"
    with pytest.raises(BatchError, match="1 rows cannot be parsed"):
        ra.get_user_recently_played_games("Max")


def test_rows_that_come_twice_or_without_dates_are_returned_as_they_are(
    ra: RetroAchievements, world: World, server: FaultyServer
) -> None:
    for game_id in (1, 2):
        world.play("Max", game_id, NOON)
    server.fault = "repeated_row"
    assert sorted(ids(ra.get_user_recently_played_games("Max"))) in ([1, 1, 2], [1, 2, 2])
    server.fault = "without_dates"
    page = ra.get_user_recently_played_games("Max")
    assert [game.last_played_at for game in page.games] == [None, None]
