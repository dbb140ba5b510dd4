"""A mass drop whose request is repeated in parts: the limit of ids has become smaller since."""

from dataclasses import replace

import pytest

from .harness import GOOD, HOUR, MINUTE, RESET, MemoryHarness
from .test_mass_drops import DAY, account, drop, home_with_points, run_due


@pytest.fixture
def home() -> MemoryHarness:
    """Return a home with six games, of which three fell in one request; now a request takes two ids."""
    made = home_with_points()
    drop(made, 1, 2, 3)
    made.poll(15 * MINUTE)
    made.batch_size = 2
    return made


def test_seven_days_of_equal_polls_accept_it(home: MemoryHarness) -> None:
    run_due(home, 7 * DAY - HOUR, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD]
    run_due(home, 3 * HOUR, 30 * MINUTE)
    assert [home.progress_of(game) for game in (1, 3)] == [[GOOD, RESET]] * 2


def test_it_stands_while_the_games_of_another_part_are_at_zero(home: MemoryHarness) -> None:
    home.source.games[3] = GOOD
    run_due(home, 3 * HOUR)
    assert [set(home.progress_of(game)) for game in (1, 2, 3)] == [{GOOD}] * 3
    home.source.games |= {1: GOOD, 2: GOOD}
    run_due(home, 3 * HOUR)
    assert [set(home.progress_of(game)) for game in (1, 2, 3)] == [{GOOD}] * 3


def test_without_the_sums_it_is_not_accepted_before_it_lasted_for_seven_days(
    home: MemoryHarness,
) -> None:
    assert home.store.drop
    home.store.drop = replace(home.store.drop, evidence=replace(home.store.drop.evidence, before=None))
    account(home, 0, 0)
    run_due(home, 2 * DAY, 15 * MINUTE)
    assert home.progress_of(1) == [GOOD]
