"""The sum check of a player who follows only some games, on both databases."""

from collections.abc import Iterator

import pytest

from syncer.core.model.polling import Outcome
from syncer.store.db.account_tables import unlocks
from syncer.store.db.tables import players

from .harness import START
from .polling_harness import DAY, HOUR, RESET, PollingHarness, begin_search


@pytest.fixture
def part(database_url: str) -> Iterator[PollingHarness]:
    """20 of 40 games are followed; the unlocks of all are stored."""
    made = PollingHarness(database_url, 40, 20, played=False)
    made.unlocks = True
    made.change(players, players.c.id == 1, unlocks_synced_until=START)
    for game in range(1, 41):
        add_unlock(made, game, 1, hardcore=True)
        add_unlock(made, game, 1, hardcore=False)
        add_unlock(made, game, 2, hardcore=False)
    yield made
    made.close()


def add_unlock(home: PollingHarness, game: int, number: int, *, hardcore: bool) -> None:
    row = {"player_id": 1, "achievement_id": game * 10 + number, "hardcore": hardcore, "game_id": game}
    moments = {"unlocked_at": START - DAY, "first_seen_at": home.clock.now(), "source": "seen"}
    home.insert(unlocks, **row, **moments, points=10, title="")


def test_unlocks_of_games_that_are_not_followed_are_part_of_our_sums(part: PollingHarness) -> None:
    assert part.compare().outcome is Outcome.EQUAL
    part.site.numbers[30] = (10, 100, 3, 30, 2, 20)
    assert part.compare(HOUR).outcome is Outcome.RECHECK
    add_unlock(part, 30, 3, hardcore=True)
    assert part.compare().outcome is Outcome.EQUAL


def test_a_change_that_they_do_not_explain_starts_a_search_at_most_once_in_six_hours(
    part: PollingHarness,
) -> None:
    part.site.extra = 30
    assert part.compare().outcome is Outcome.EXPLAINED  # the first difference
    part.site.numbers[4] = RESET
    begin_search(part)
    part.check.search(part.player)
    assert 4 in part.polled[-1]
    assert part.compare().outcome is Outcome.EXPLAINED
    part.site.numbers[5] = RESET
    part.compare(HOUR)
    assert part.compare().outcome is Outcome.WAITING
    assert part.compare(5 * HOUR).outcome is Outcome.SEARCHING


def test_without_unlocks_the_difference_of_other_games_is_known_until_it_changes(
    part: PollingHarness,
) -> None:
    part.unlocks = False
    assert part.compare().outcome is Outcome.EXPLAINED
    assert part.checks() == [(False, 200, 200, 200, 1)]
    assert part.compare(HOUR).outcome is Outcome.EXPLAINED


def test_before_all_unlocks_are_stored_nothing_is_compared(part: PollingHarness) -> None:
    part.change(players, players.c.id == 1, unlocks_synced_until=None)
    assert part.compare().outcome is Outcome.INCOMPLETE
    part.unlocks = False
    assert part.compare().outcome is Outcome.EXPLAINED
