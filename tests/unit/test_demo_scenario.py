"""The demo world changes its six numbers as the site would, and its life is always the same life."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from syncer.core.formats import php
from syncer.core.formats.ra_json import game_ids
from syncer.core.model.progress import Progress
from syncer.demo import seed as demo_seed
from syncer.demo.models import Account
from syncer.demo.scenario import LIVELY, WEEKS, Scenario
from syncer.demo.world import World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = datetime(2026, 3, 1, 9, 13, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    world = World()
    world.add_game("Copper Valley", [10, 20, 30], game_id=7)
    world.add_account("MaxMilyin")
    return world


@pytest.fixture
def max_(world: World) -> Account:
    account = world.resolve("MaxMilyin")
    assert account is not None
    return account


def numbers(world: World, player: Account, game_id: int = 7) -> tuple[int, ...]:
    return world.progress(player, game_id).as_tuple()


def ids(world: World, game_id: int = 7) -> list[int]:
    return list(world.games[game_id].achievements)


def test_a_game_that_was_never_played_shows_only_what_is_possible(world: World, max_: Account) -> None:
    assert world.progress(max_, 7) == Progress(3, 60, 0, 0, 0, 0)


def test_all_unlocks_include_the_hardcore_ones(world: World, max_: Account) -> None:
    casual, hardcore, _ = ids(world)
    world.unlock(max_, 7, casual, NOON)
    world.unlock(max_, 7, hardcore, NOON, hardcore=True)
    assert numbers(world, max_) == (3, 60, 2, 30, 1, 20)


def test_redoing_a_casual_unlock_in_hardcore_leaves_the_total(world: World, max_: Account) -> None:
    first = ids(world)[0]
    assert world.unlock(max_, 7, first, NOON)
    assert not world.unlock(max_, 7, first, NOON)
    assert world.unlock(max_, 7, first, NOON, hardcore=True)
    assert not world.unlock(max_, 7, first, NOON, hardcore=True)
    assert not world.unlock(max_, 7, first, NOON)
    assert numbers(world, max_) == (3, 60, 1, 10, 1, 10)


def test_demotion_takes_from_both_sides_and_promotion_gives_back(world: World, max_: Account) -> None:
    world.earn(max_, 7, 2, NOON, hardcore=True)
    world.demote(7, ids(world)[1])
    assert numbers(world, max_) == (2, 40, 1, 10, 1, 10)
    world.promote(7, ids(world)[1])
    assert numbers(world, max_) == (3, 60, 2, 30, 2, 30)


def test_a_revision_makes_a_finished_game_unfinished(world: World, max_: Account) -> None:
    assert world.earn(max_, 7, 99, NOON) == 3
    world.add_achievements(7, [5])
    assert numbers(world, max_) == (4, 65, 3, 60, 0, 0)


def test_other_points_change_scores_and_no_counts(world: World, max_: Account) -> None:
    world.earn(max_, 7, 1, NOON)
    world.reweigh(7, ids(world)[0], 25)
    assert numbers(world, max_) == (3, 75, 1, 25, 0, 0)


def test_resets_lower_the_counts_of_one_achievement_one_game_or_all(world: World, max_: Account) -> None:
    world.add_game("Other", [1, 1], game_id=8)
    world.earn(max_, 7, 3, NOON)
    world.earn(max_, 8, 2, NOON)
    world.revoke(max_, 7, ids(world)[2])
    assert numbers(world, max_) == (3, 60, 2, 30, 0, 0)
    world.reset_game(max_, 7)
    assert numbers(world, max_) == (3, 60, 0, 0, 0, 0)
    assert numbers(world, max_, 8) == (2, 2, 2, 2, 0, 0)
    world.reset_account(max_)
    assert numbers(world, max_, 8) == (2, 2, 0, 0, 0, 0)


def test_a_deleted_game_and_one_that_never_was_are_six_zeros(world: World, max_: Account) -> None:
    world.earn(max_, 7, 1, NOON)
    world.delete_game(7)
    assert numbers(world, max_) == numbers(world, max_, 4711) == (0,) * 6


def test_metrics_that_lag_show_more_achieved_than_possible(world: World, max_: Account) -> None:
    world.earn(max_, 7, 3, NOON)
    world.hold_metrics()
    world.demote(7, ids(world)[2])
    assert numbers(world, max_) == (2, 30, 3, 60, 0, 0)
    world.catch_up()
    assert numbers(world, max_) == (2, 30, 2, 30, 0, 0)


def test_the_first_name_resolves_for_ever_and_a_name_in_between_is_released(
    world: World, max_: Account
) -> None:
    world.rename("MaxMilyin", "Maximilian")
    world.rename("MaxMilyin", "Maximum")
    assert world.resolve("maxmilyin") is world.resolve("MAXIMUM") is max_
    assert world.resolve("Maximilian") is None
    stranger = world.add_account("Somebody")
    world.rename(stranger, "Maximilian")
    assert world.resolve("maximilian") is stranger


@pytest.mark.parametrize(
    "name",
    [
        "maxmilyin",  # the first name of somebody else, whatever the case
        "Maxi64",  # their present name
        "abc",  # too short
        "a" * 21,
        "with space",
        "Müller",
    ],
)
def test_a_name_that_cannot_be_had_is_refused(world: World, name: str) -> None:
    world.rename("MaxMilyin", "Maxi64")
    stranger = world.add_account("Somebody")
    with pytest.raises(ValueError, match="name"):
        world.rename(stranger, name)
    assert stranger.name == "Somebody"


def test_the_ulid_resolves_in_either_case_and_survives_a_rename(world: World, max_: Account) -> None:
    world.rename(max_, "Maximum")
    assert len(max_.ulid) == 26
    assert world.resolve(max_.ulid.lower()) is max_


def test_a_deleted_account_is_unknown_and_its_unlocks_are_gone(world: World, max_: Account) -> None:
    world.earn(max_, 7, 3, NOON)
    world.delete_account(max_)
    assert world.resolve("MaxMilyin") is None
    assert world.resolve(max_.ulid) is None
    assert numbers(world, max_) == (3, 60, 0, 0, 0, 0)
    with pytest.raises(KeyError):
        world.earn("MaxMilyin", 7, 1, NOON)


def test_a_ban_takes_the_key_and_leaves_the_progress(world: World, max_: Account) -> None:
    key = max_.key
    assert key is not None
    assert world.owner_of(key) is max_
    world.earn(max_, 7, 1, NOON)
    world.ban(max_)
    assert world.owner_of(key) is None
    assert world.resolve("MaxMilyin") is max_
    assert numbers(world, max_)[2] == 1


def test_a_new_key_kills_the_old_one(world: World, max_: Account) -> None:
    old = max_.key
    new = world.rotate_key(max_)
    assert old is not None
    assert old != new
    assert len(new) == 32
    assert world.owner_of(old) is None
    assert world.owner_of(new) is max_


def test_an_account_does_not_show_its_key(max_: Account) -> None:
    assert max_.key
    assert max_.key not in repr(max_)


def test_the_profile_keeps_the_first_name_in_its_picture_and_sums_the_points(
    world: World, max_: Account
) -> None:
    world.unlock(max_, 7, ids(world)[0], NOON)
    world.unlock(max_, 7, ids(world)[2], NOON, hardcore=True)
    world.rename(max_, "Maximum")
    profile = world.profile(max_)
    assert profile["User"] == "Maximum"
    assert profile["UserPic"] == "/UserPic/MaxMilyin.png"
    assert (profile["TotalPoints"], profile["TotalSoftcorePoints"]) == (30, 10)
    assert profile["LastGameID"] == 7


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("12", 12),
        (" 12", 12),
        ("12 ", 12),
        ("+12", 12),
        ("012", 12),
        ("7.9", 7),
        ("1e3", 1000),
        (".5e1", 5),
        ("5.", 5),
        ("-3", -3),
        ("0.5", 0),
        ("", None),
        ("abc", None),
        ("0x1F", None),
        ("12abc", None),
        ("١٢", None),  # digits, but not ASCII
        ("nan", None),
        ("inf", None),
        ("99999999999999999999", 2**63 - 1),
        ("9223372036854775807", 2**63 - 1),
        ("1e999999999", 2**63 - 1),
        ("0" * 5000 + "12", 12),
    ],
)
def test_numbers_are_read_as_php_reads_them(piece: str, expected: int | None) -> None:
    assert php.integer(piece) == expected


def test_game_ids_are_thinned_out_silently_and_keep_their_order() -> None:
    assert game_ids("30,abc,,0,-4,0.5,7.9,1e3,30,0x1F, 12") == [30, 7, 1000, 12]


# -- life ---------------------------------------------------------------------------------------------


def lived(steps: list[timedelta]) -> tuple[World, Scenario]:
    world = demo_seed.demo_world(seed=3)
    life = Scenario(world, 3, START)
    for step in steps:
        life.advance(START + step)
    return world, life


def everything(world: World) -> list[tuple[str, int, tuple[int, ...]]]:
    accounts = world.accounts.values()
    return [(a.name, g, world.progress(a, g).as_tuple()) for a in accounts for g in demo_seed.ALL]


def test_life_is_the_same_life_however_often_one_looks() -> None:
    end = WEEKS + timedelta(minutes=20)
    often = [timedelta(minutes=17) * n for n in range(1, int(end / timedelta(minutes=17)) + 1)]
    seconds = [WEEKS + timedelta(seconds=n) for n in range(1200)]
    once_world, once = lived([end])
    often_world, looked = lived([*often, *seconds, end])
    assert once.told == looked.told
    assert everything(once_world) == everything(often_world)


def test_another_seed_is_another_life() -> None:
    _, one = lived([WEEKS])
    world = demo_seed.demo_world(seed=4)
    two = Scenario(world, 4, START)
    two.advance(START + WEEKS)
    assert one.told != two.told


@pytest.mark.parametrize("seed", range(5))
def test_three_weeks_hold_one_of_everything(seed: int) -> None:
    world = demo_seed.demo_world(seed)
    life = Scenario(world, seed, START)
    life.advance(START + WEEKS)
    what = [told.what for told in life.told]
    for happened in ("hardcore", "casually", "redid", "revised", "reset", "demoted", "points", "is now"):
        assert any(happened in each for each in what), happened
    heron = world.resolve(demo_seed.HERON)
    assert heron is not None
    possible, _, achieved, _, hardcore, _ = numbers(world, heron, demo_seed.GAMES[demo_seed.HERON][0])
    assert possible == achieved == hardcore > 0


def test_two_games_of_each_player_stay_untouched() -> None:
    world, _ = lived([WEEKS + LIVELY])
    for player, games in demo_seed.GAMES.items():
        account = world.resolve(player)
        assert account is not None
        untouched = [g for g in games if numbers(world, account, g)[2] == 0]
        assert set(games[-2:]) <= set(untouched)


def test_the_renamed_player_keeps_the_first_name() -> None:
    world, _ = lived([WEEKS])
    assert world.resolve(demo_seed.NEW_NAME) is world.resolve(demo_seed.MOSS) is not None


def test_after_three_weeks_something_happens_at_least_every_twenty_seconds_for_hours() -> None:
    _, life = lived([WEEKS + LIVELY])
    moments = [told.at for told in life.told if told.at > START + WEEKS]
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert len(moments) > 2000
    assert max(gaps) <= 20


def test_life_goes_on_where_somebody_was_deleted_or_a_game_vanished() -> None:
    world = demo_seed.demo_world()
    life = Scenario(world, 1, START)
    world.delete_account(demo_seed.HERON)
    world.delete_game(demo_seed.GAMES[demo_seed.MOSS][0])
    life.advance(START + WEEKS)
    happened = [told for told in life.told if told.at > START]
    assert happened
    assert {told.player for told in happened} == {demo_seed.MOSS}


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Scenario(demo_seed.demo_world(), 1, START.replace(tzinfo=None))
