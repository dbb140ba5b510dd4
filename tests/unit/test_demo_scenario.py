"""The scenario of the demo world: the same events for the same seed, and every kind of event."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from syncer.demo import seed as demo_seed
from syncer.demo.models import Account
from syncer.demo.scenario import Scenario
from syncer.demo.timelines import LIVE_HOURS, THREE_WEEKS
from syncer.demo.world import World

START = datetime(2026, 3, 1, 9, 13, tzinfo=UTC)


def numbers(world: World, player: Account, game_id: int) -> tuple[int, ...]:
    return world.progress(player, game_id).as_tuple()


def run_scenario(steps: list[timedelta]) -> tuple[World, Scenario]:
    world = demo_seed.demo_world(seed=3)
    scenario = Scenario(world, 3, START)
    for step in steps:
        scenario.advance(START + step)
    return world, scenario


def all_numbers(world: World) -> list[tuple[str, int, tuple[int, ...]]]:
    accounts = world.accounts.by_ulid.values()
    return [(a.name, g, world.progress(a, g).as_tuple()) for a in accounts for g in demo_seed.ALL_GAMES]


def test_the_events_are_the_same_however_often_advance_is_called() -> None:
    end = THREE_WEEKS + timedelta(minutes=20)
    often = [timedelta(minutes=17) * n for n in range(1, int(end / timedelta(minutes=17)) + 1)]
    seconds = [THREE_WEEKS + timedelta(seconds=n) for n in range(1200)]
    once_world, once = run_scenario([end])
    often_world, advanced_often = run_scenario([*often, *seconds, end])
    assert once.log == advanced_often.log
    assert all_numbers(once_world) == all_numbers(often_world)


def test_another_seed_gives_other_events() -> None:
    _, first = run_scenario([THREE_WEEKS])
    world = demo_seed.demo_world(seed=4)
    second = Scenario(world, 4, START)
    second.advance(START + THREE_WEEKS)
    assert first.log != second.log


@pytest.mark.parametrize("seed", range(5))
def test_three_weeks_contain_every_kind_of_event(seed: int) -> None:
    world = demo_seed.demo_world(seed)
    scenario = Scenario(world, seed, START)
    scenario.advance(START + THREE_WEEKS)
    texts = [entry.text for entry in scenario.log]
    for kind in ("hardcore", "softcore", "repeated", "revised", "reset", "demoted", "points", "is now"):
        assert any(kind in text for text in texts), kind
    heron = world.resolve(demo_seed.HERON)
    assert heron is not None
    possible, _, achieved, _, hardcore, _ = numbers(world, heron, demo_seed.GAMES[demo_seed.HERON][0])
    assert possible == achieved == hardcore > 0


def test_two_games_of_each_player_stay_untouched() -> None:
    world, _ = run_scenario([THREE_WEEKS + LIVE_HOURS])
    for player, games in demo_seed.GAMES.items():
        account = world.resolve(player)
        assert account is not None
        untouched = [g for g in games if numbers(world, account, g)[2] == 0]
        assert set(games[-2:]) <= set(untouched)


def test_the_renamed_player_keeps_the_first_name() -> None:
    world, _ = run_scenario([THREE_WEEKS])
    assert world.resolve(demo_seed.NEW_NAME) is world.resolve(demo_seed.MOSS) is not None


def test_after_three_weeks_an_event_comes_every_twenty_seconds_for_hours() -> None:
    _, scenario = run_scenario([THREE_WEEKS + LIVE_HOURS])
    moments = [entry.at for entry in scenario.log if entry.at > START + THREE_WEEKS]
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert len(moments) > 2000
    assert max(gaps) <= 20


def test_the_scenario_goes_on_after_an_account_and_a_game_were_deleted() -> None:
    world = demo_seed.demo_world()
    scenario = Scenario(world, 1, START)
    world.delete_account(demo_seed.HERON)
    world.catalogue.delete_game(demo_seed.GAMES[demo_seed.MOSS][0])
    scenario.advance(START + THREE_WEEKS)
    happened = [entry for entry in scenario.log if entry.at > START]
    assert happened
    assert {entry.player for entry in happened} == {demo_seed.MOSS}


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Scenario(demo_seed.demo_world(), 1, START.replace(tzinfo=None))
