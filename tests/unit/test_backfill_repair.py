"""The repair of games whose unlocks and numbers differ."""

from datetime import timedelta

from syncer.core.errors import SiteUnavailable
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


def test_a_game_that_stays_mismatched_is_read_again_after_1_2_4_and_8_days(harness: BackfillHarness) -> None:
    harness.store.mismatched, harness.store.disagreeing = [1], {1}
    days = []
    for day in range(20):
        before = len(harness.source.games_read)
        for _ in range(4):
            harness.run(DAY / 4)
        days += [day] * (len(harness.source.games_read) - before)
    assert days == [0, 1, 3, 7, 15]


def test_mismatches_are_searched_after_a_change_and_once_an_hour(harness: BackfillHarness) -> None:
    syncer, consistency = harness.syncer(), harness.store.consistency
    for expected in (1, 1, 1, 1, 2):
        syncer.run_once("test")
        assert consistency.asked == expected
        harness.clock.pass_by(QUARTER.total_seconds())
    harness.source.games[1] = GOOD._replace(num_achieved=3, score_achieved=30)
    syncer.run_once("test")
    assert consistency.asked == 3


def test_all_unlocks_are_read_again_after_a_difference_has_stood_for_a_day(harness: BackfillHarness) -> None:
    harness.earn(9, START - 900 * DAY)
    harness.store.consistency.missing = 5
    for _ in range(23):
        harness.run(timedelta(hours=1))
    assert (9, False) not in harness.store.unlocks
    harness.run(timedelta(hours=2))
    assert (9, False) in harness.store.unlocks


def test_a_long_reading_of_all_unlocks_is_divided_among_runs_and_goes_on_after_a_failure(
    harness: BackfillHarness,
) -> None:
    for n in range(100, 30_100):
        harness.earn(n, START - 900 * DAY + timedelta(minutes=n))
    harness.store.consistency.missing = 5
    harness.run()
    synced_until = harness.store.player and harness.store.player.unlocks_synced_until
    harness.run(timedelta(hours=25))
    assert len(harness.source.windows) == 50 + 1  # and the one of new unlocks
    player = harness.store.player
    assert player
    assert synced_until
    assert player.unlocks_synced_until == synced_until + timedelta(hours=25)
    harness.source.backfill_failure = SiteUnavailable("503")
    harness.run(QUARTER)
    harness.source.backfill_failure = None
    harness.store.consistency.missing = 0
    harness.run(QUARTER)
    assert len(harness.store.unlocks) == 30_001
    assert len(harness.source.windows) <= 15
    assert harness.store.consistency.list_reading is None
    assert len(harness.store.consistency.list_begun) == 1
