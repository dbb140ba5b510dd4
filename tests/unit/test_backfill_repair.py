"""The repair of games whose unlocks and numbers differ."""

from dataclasses import replace
from datetime import timedelta

from syncer.core.events import WarningRaised
from tests.fakes import START

from .backfill_harness import DAY, GOOD, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name


def test_a_few_mismatched_games_are_read_per_run_and_a_failing_one_does_not_block_the_others(
    harness: BackfillHarness,
) -> None:
    for game in range(1, 8):
        harness.earn(game * 10, START - 2 * DAY, game=game)
    harness.store.mismatched, harness.source.poisoned_games = list(range(1, 8)), {2}
    harness.run(QUARTER)
    assert harness.source.games_read == [1, 2, 3, 4, 5]
    assert any(isinstance(e, WarningRaised) and "game 2 could not be read" in e.what for e in harness.events)
    harness.run(QUARTER)
    assert harness.source.games_read == [1, 2, 3, 4, 5, 2, 6, 7]  # what failed is asked again
    assert (50, False) in harness.store.unlocks
    assert (20, False) not in harness.store.unlocks
    harness.source.poisoned_games.clear()
    for _ in range(3):
        harness.run(timedelta(hours=1))
    assert harness.store.mismatched == []


def test_two_failures_in_a_row_end_the_repair_of_this_run(harness: BackfillHarness) -> None:
    harness.store.mismatched = list(range(1, 8))
    harness.source.poisoned_games = set(harness.store.mismatched)
    harness.run(QUARTER)
    assert harness.source.games_read == [1, 2]
    harness.run(2 * QUARTER)
    assert len(harness.source.games_read) <= 4


def test_a_game_that_stays_mismatched_is_read_with_growing_pauses(harness: BackfillHarness) -> None:
    harness.store.mismatched, harness.store.disagreeing = [1], {1}
    for _ in range(24):
        harness.run(timedelta(hours=1))
    assert 4 <= len(harness.source.games_read) <= 8


def test_mismatches_are_searched_after_a_change_and_once_an_hour(harness: BackfillHarness) -> None:
    asked = []
    original = harness.store.mismatched_games
    harness.store.mismatched_games = lambda *a: asked.append(1) or original(*a)  # type: ignore
    syncer = harness.syncer()
    for expected in (1, 1, 1, 1, 2):
        syncer.run_once("test")
        assert len(asked) == expected
        harness.clock.pass_by(QUARTER.total_seconds())
    harness.source.games[1] = replace(GOOD, num_achieved=3, score_achieved=30)
    syncer.run_once("test")
    assert len(asked) == 3


def test_all_unlocks_are_read_again_if_the_profile_shows_more_points(harness: BackfillHarness) -> None:
    harness.earn(9, START - 900 * DAY)
    harness.store.unlocks_missing = True
    harness.run(QUARTER)
    assert (9, False) not in harness.store.unlocks
    harness.run(QUARTER)
    assert (9, False) in harness.store.unlocks
