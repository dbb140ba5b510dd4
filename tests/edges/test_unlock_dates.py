"""The site's own dates of a game, on both databases: which softcore unlock counts, what is read for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.model.progress import GameId

from .harness import START
from .unlock_harness import DAY, UnlockHarness

FOLLOWED, OTHER = 1, 2


@pytest.fixture
def home(database_url: str) -> Iterator[UnlockHarness]:
    """One achievement in softcore, in a followed game and in another one, and one in hardcore."""
    made = UnlockHarness(database_url)
    for game in (FOLLOWED, OTHER):
        made.world.earn("Tester", game, 1, START - 100 * DAY)
        made.world.earn("Tester", game, 1, START - 99 * DAY, hardcore=True)
    made.poll()
    yield made
    made.close()


def first(home: UnlockHarness, game: GameId) -> int:
    """Return the achievement in softcore."""
    return next(iter(home.world.catalogue.games[game].achievements))


def reset_and_earn_in_hardcore(home: UnlockHarness, game: GameId) -> None:
    account = home.account.ulid
    home.world.unlock_table.remove(account, game, first(home, game))
    now = home.clock.now().replace(microsecond=0)
    home.world.unlock("Tester", game, first(home, game), now, hardcore=True)


@pytest.mark.parametrize("game", [FOLLOWED, OTHER])
def test_a_softcore_unlock_that_was_reset_before_the_hardcore_one_is_no_first_unlock(
    home: UnlockHarness, game: GameId
) -> None:
    """The list shows the hardcore moment alone, and the counts hide it: the game's own dates tell."""
    home.run_for(DAY / 4)
    reset_and_earn_in_hardcore(home, game)
    earned = home.clock.now().replace(microsecond=0)
    home.run_for(DAY)
    assert home.first_unlock(first(home, game)) == earned
    assert home.site.games == [game]


@pytest.mark.parametrize("game", [FOLLOWED, OTHER])
def test_a_softcore_unlock_that_was_repeated_in_hardcore_stays_the_first(
    home: UnlockHarness, game: GameId
) -> None:
    home.run_for(DAY / 4)
    now = home.clock.now().replace(microsecond=0)
    home.world.unlock("Tester", game, first(home, game), now, hardcore=True)
    home.run_for(30 * DAY, step=DAY)
    assert home.first_unlock(first(home, game)) == START - 100 * DAY
    assert home.site.games == [game]  # once, for it cannot change again
    assert home.current() == home.truth()


def test_a_second_upgrade_of_a_game_is_read_again(home: UnlockHarness) -> None:
    home.world.add_achievements(OTHER, [10])
    extra = list(home.world.catalogue.games[OTHER].achievements)[-1]
    home.world.unlock("Tester", OTHER, extra, START - 90 * DAY)
    home.run_for(2 * DAY, step=DAY)
    for achievement in (first(home, OTHER), extra):
        home.world.unlock_table.remove(home.account.ulid, OTHER, achievement)
        now = home.clock.now().replace(microsecond=0)
        home.world.unlock("Tester", OTHER, achievement, now, hardcore=True)
        home.run_for(DAY)
        assert home.first_unlock(achievement) == now
    assert home.site.games == [OTHER, OTHER]


def test_an_answer_about_another_player_changes_nothing_of_a_game_that_is_not_followed(
    home: UnlockHarness,
) -> None:
    home.run_for(DAY / 4)
    reset_and_earn_in_hardcore(home, OTHER)
    original = home.site.game_unlocks
    home.site.game_unlocks = lambda user, game_id: original("Nobody", game_id)  # type: ignore[method-assign]
    home.world.add_account("Nobody", "n" * 32)
    home.run_for(DAY / 2)
    assert home.first_unlock(first(home, OTHER)) == START - 100 * DAY
    home.site.game_unlocks = original  # type: ignore[method-assign]
    home.run_for(2 * DAY)
    assert home.first_unlock(first(home, OTHER)) != START - 100 * DAY


def test_games_are_read_in_one_order_and_those_that_still_differ_after_the_others(
    database_url: str,
) -> None:
    home = UnlockHarness(database_url, games=(4, 6, 5, 2, 1, 3))
    for game in range(1, 7):
        home.world.earn("Tester", game, 2, START - 300 * DAY + timedelta(days=game), hardcore=True)
    home.poll()
    home.run_for(DAY / 4)
    for game in (6, 5):
        home.world.catalogue.set_points(game, first(home, game), 1)
    home.site.points_are_old = True
    home.run_for(DAY)
    assert home.site.games == [5, 6]
    for game in (4, 2, 1, 3):
        home.world.catalogue.set_points(game, first(home, game), 1)
    home.run_for(DAY / 4)
    assert home.site.games == [5, 6, 1, 2, 3, 4, 5]
    home.run_for(DAY / 4)
    assert home.site.games[7:] == [6]
    home.close()
