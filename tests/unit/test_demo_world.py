"""The demo world changes its six numbers, names and keys as the site would."""

from datetime import UTC, datetime

import pytest

from syncer.core.model.progress import Progress
from syncer.demo.models import Account
from syncer.demo.world import World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    world = World()
    world.add_game("Copper Valley", [10, 20, 30], game_id=7)
    world.add_account("MaxMilyin")
    return world


@pytest.fixture
def player(world: World) -> Account:
    account = world.resolve("MaxMilyin")
    assert account is not None
    return account


def numbers(world: World, player: Account, game_id: int = 7) -> tuple[int, ...]:
    return world.progress(player, game_id).as_tuple()


def ids(world: World, game_id: int = 7) -> list[int]:
    return list(world.catalogue.games[game_id].achievements)


def test_an_unplayed_game_shows_only_what_is_possible(world: World, player: Account) -> None:
    assert world.progress(player, 7) == Progress(3, 60, 0, 0, 0, 0)


def test_all_unlocks_include_the_hardcore_ones(world: World, player: Account) -> None:
    softcore, hardcore, _ = ids(world)
    world.unlock(player, 7, softcore, NOON)
    world.unlock(player, 7, hardcore, NOON, hardcore=True)
    assert numbers(world, player) == (3, 60, 2, 30, 1, 20)


def test_repeating_a_softcore_unlock_in_hardcore_leaves_the_total(world: World, player: Account) -> None:
    first = ids(world)[0]
    assert world.unlock(player, 7, first, NOON)
    assert not world.unlock(player, 7, first, NOON)
    assert world.unlock(player, 7, first, NOON, hardcore=True)
    assert not world.unlock(player, 7, first, NOON, hardcore=True)
    assert not world.unlock(player, 7, first, NOON)
    assert numbers(world, player) == (3, 60, 1, 10, 1, 10)


def test_demotion_lowers_possible_and_achieved_and_promotion_restores_both(
    world: World, player: Account
) -> None:
    world.earn(player, 7, 2, NOON, hardcore=True)
    world.catalogue.demote(7, ids(world)[1])
    assert numbers(world, player) == (2, 40, 1, 10, 1, 10)
    world.catalogue.promote(7, ids(world)[1])
    assert numbers(world, player) == (3, 60, 2, 30, 2, 30)


def test_a_revision_makes_a_finished_game_unfinished(world: World, player: Account) -> None:
    assert world.earn(player, 7, 99, NOON) == 3
    world.add_achievements(7, [5])
    assert numbers(world, player) == (4, 65, 3, 60, 0, 0)


def test_other_points_change_scores_but_no_counts(world: World, player: Account) -> None:
    world.earn(player, 7, 1, NOON)
    world.catalogue.set_points(7, ids(world)[0], 25)
    assert numbers(world, player) == (3, 75, 1, 25, 0, 0)


def test_resets_lower_the_counts_of_one_achievement_one_game_or_all(world: World, player: Account) -> None:
    world.add_game("Other", [1, 1], game_id=8)
    world.earn(player, 7, 3, NOON)
    world.earn(player, 8, 2, NOON)
    world.revoke(player, 7, ids(world)[2])
    assert numbers(world, player) == (3, 60, 2, 30, 0, 0)
    world.reset_game(player, 7)
    assert numbers(world, player) == (3, 60, 0, 0, 0, 0)
    assert numbers(world, player, 8) == (2, 2, 2, 2, 0, 0)
    world.unlock_table.reset_account(player)
    assert numbers(world, player, 8) == (2, 2, 0, 0, 0, 0)


def test_deleted_and_unknown_games_are_six_zeros(world: World, player: Account) -> None:
    world.earn(player, 7, 1, NOON)
    world.catalogue.delete_game(7)
    assert numbers(world, player) == numbers(world, player, 4711) == (0,) * 6


def test_lagging_metrics_show_more_achieved_than_possible(world: World, player: Account) -> None:
    world.earn(player, 7, 3, NOON)
    world.metrics.hold()
    world.catalogue.demote(7, ids(world)[2])
    assert numbers(world, player) == (2, 30, 3, 60, 0, 0)
    world.metrics.catch_up()
    assert numbers(world, player) == (2, 30, 2, 30, 0, 0)


def test_the_first_name_always_resolves_and_an_intermediate_name_is_released(
    world: World, player: Account
) -> None:
    world.rename("MaxMilyin", "Maximilian")
    world.rename("MaxMilyin", "Maximum")
    assert world.resolve("maxmilyin") is world.resolve("MAXIMUM") is player
    assert world.resolve("Maximilian") is None
    other = world.add_account("Someone")
    world.rename(other, "Maximilian")
    assert world.resolve("maximilian") is other


@pytest.mark.parametrize(
    "name",
    [
        "maxmilyin",  # the first name of another account, in any case
        "Maxi64",  # its present name
        "abc",  # too short
        "a" * 21,
        "with space",
        "Müller",
    ],
)
def test_an_invalid_or_taken_name_is_refused(world: World, name: str) -> None:
    world.rename("MaxMilyin", "Maxi64")
    other = world.add_account("Someone")
    with pytest.raises(ValueError, match="name"):
        world.rename(other, name)
    assert other.name == "Someone"


def test_the_ulid_resolves_in_either_case_and_survives_a_rename(world: World, player: Account) -> None:
    world.rename(player, "Maximum")
    assert len(player.ulid) == 26
    assert world.resolve(player.ulid.lower()) is player


def test_a_deleted_account_is_unknown_and_its_unlocks_are_gone(world: World, player: Account) -> None:
    world.earn(player, 7, 3, NOON)
    world.delete_account(player)
    assert world.resolve("MaxMilyin") is None
    assert world.resolve(player.ulid) is None
    assert numbers(world, player) == (3, 60, 0, 0, 0, 0)
    with pytest.raises(KeyError):
        world.earn("MaxMilyin", 7, 1, NOON)


def test_a_ban_removes_the_key_and_keeps_the_progress(world: World, player: Account) -> None:
    key = player.key
    assert key is not None
    assert world.accounts.owner_of(key) is player
    world.earn(player, 7, 1, NOON)
    world.accounts.ban(player)
    assert world.accounts.owner_of(key) is None
    assert world.resolve("MaxMilyin") is player
    assert numbers(world, player)[2] == 1


def test_a_new_key_replaces_the_old_one(world: World, player: Account) -> None:
    old = player.key
    new = world.accounts.rotate_key(player)
    assert old is not None
    assert old != new
    assert len(new) == 32
    assert world.accounts.owner_of(old) is None
    assert world.accounts.owner_of(new) is player


def test_an_account_does_not_show_its_key(player: Account) -> None:
    assert player.key
    assert player.key not in repr(player)


def test_the_profile_keeps_the_first_name_in_its_picture_and_sums_the_points(
    world: World, player: Account
) -> None:
    world.unlock(player, 7, ids(world)[0], NOON)
    world.unlock(player, 7, ids(world)[2], NOON, hardcore=True)
    world.rename(player, "Maximum")
    profile = world.profile(player)
    assert profile["User"] == "Maximum"
    assert profile["UserPic"] == "/UserPic/MaxMilyin.png"
    assert (profile["TotalPoints"], profile["TotalSoftcorePoints"]) == (30, 10)
    assert profile["LastGameID"] == 7


@pytest.mark.parametrize("console", ["Events", "Hubs"])
def test_totals_leave_out_events_and_hubs(world: World, player: Account, console: str) -> None:
    world.add_game("Event", [5], game_id=8, console=console)
    world.earn("MaxMilyin", 7, 1, NOON)
    world.earn("MaxMilyin", 8, 1, NOON, hardcore=True)
    profile = world.profile(player)
    assert (profile["TotalPoints"], profile["TotalSoftcorePoints"]) == (0, 10)
