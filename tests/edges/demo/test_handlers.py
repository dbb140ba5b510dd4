"""What all handlers of the demo server have in common."""

import pkgutil
from datetime import UTC, datetime

import pytest

from syncer.demo import handlers
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON
from .handler_requests import SIX, fetch_json, handler_world


@pytest.fixture
def world() -> World:
    return handler_world()


NOTHING = {
    "GetUserCompletionProgress": {"Count": 0, "Total": 0, "Results": []},
    "GetAchievementsEarnedBetween": [],
    "GetUserRecentAchievements": [],
}


@pytest.mark.parametrize("name", [*NOTHING, "GetUserAwards"])
def test_unknown_and_deleted_players_have_nothing_and_bad_names_are_422(
    server: FaultyServer, world: World, name: str
) -> None:
    world.add_account("Gone")
    world.earn("Gone", 1, 6, NOON)
    world.delete_account("Gone")
    for user in ("Unknown", "Gone"):
        found = fetch_json(server, name, f"u={user}&t={2**33}")
        assert found == NOTHING[name] if name in NOTHING else not any(found.values())
    for query in ("", "u=", "u=a", "u=M%C3%BCller"):
        assert request(server, f"y={KEY}&{query}", name).status_code == 422


@pytest.mark.parametrize(("name", "status"), [("GetFeed", 410), ("GetGameRating", 410), ("GetNothing", 404)])
def test_retired_and_unknown_endpoints(server: FaultyServer, name: str, status: int) -> None:
    assert request(server, f"y={KEY}", name).status_code == status


def test_a_ulid_and_a_name_return_the_same(server: FaultyServer, world: World) -> None:
    account = world.resolve("Max")
    assert account is not None
    world.earn(account, 1, 6, datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))
    for name in (*NOTHING, "GetUserAwards"):
        assert fetch_json(server, name, f"u={account.ulid}&t={2**31}") == fetch_json(
            server, name, f"u=max&t={2**31}"
        )


def test_every_file_of_handlers_is_in_the_table() -> None:
    files = {f"{handlers.__name__}.{module.name}" for module in pkgutil.iter_modules(handlers.__path__)}
    assert files == {get.__module__ for get in handlers.HANDLERS.values()} - {handlers.__name__}


def test_the_totals_leave_out_hubs_and_events(server: FaultyServer, world: World) -> None:
    world.earn("Max", 1, 2, NOON, hardcore=True)
    for game_id, console in ((8, "Events"), (9, "Hubs"), (10, "Zeebo")):
        world.add_game(console, SIX, game_id=game_id, console=console)
        world.earn("Max", game_id, 6, NOON)
    totals = fetch_json(server, "GetUserProfile")
    assert (totals["TotalPoints"], totals["TotalSoftcorePoints"]) == (1 + 2, sum(SIX))  # Zeebo's alone
