"""Rises after a fall: whose unlocks are read again, and when the numbers decide instead."""

from datetime import datetime, timedelta

from syncer.core.errors import SiteUnavailable
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import START
from tests.unit.sync.harness import MemoryHarness

from .backfill_harness import DAY, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name


def undecided(harness: BackfillHarness, *games: int, since: datetime = START) -> None:
    harness.store.unconfirmed = dict.fromkeys(games, since)


def test_the_unlocks_of_five_games_with_undecided_rises_are_read_in_a_run(harness: BackfillHarness) -> None:
    undecided(harness, *range(1, 8))
    harness.run(QUARTER)
    assert harness.source.games_read == [1, 2, 3, 4, 5]
    harness.run(QUARTER)
    assert harness.source.games_read == [1, 2, 3, 4, 5, 6, 7]
    assert harness.store.unconfirmed == {}
    assert harness.store.decided_by_numbers == []


def test_a_game_that_stays_unreadable_is_decided_by_numbers_after_seven_days(
    harness: BackfillHarness,
) -> None:
    undecided(harness, 1, since=START + QUARTER)
    harness.source.poisoned_games = {1}
    for _ in range(28):
        harness.run(DAY / 4)
    assert harness.store.decided_by_numbers == []
    harness.run(QUARTER)
    assert harness.store.decided_by_numbers == [1]


def test_old_rises_are_read_before_the_numbers_decide(harness: BackfillHarness) -> None:
    """As after an upgrade: each game is tried once, five in a run, however old its rise is."""
    undecided(harness, *range(1, 8), since=START - 100 * DAY)
    harness.source.poisoned_games = {3, 7}
    harness.run(QUARTER)
    assert harness.store.decided_by_numbers == [3]
    assert set(harness.store.unconfirmed) == {6, 7}
    harness.run(QUARTER)
    assert harness.store.decided_by_numbers == [3, 7]


def test_while_the_site_is_away_nothing_is_decided_early(harness: BackfillHarness) -> None:
    undecided(harness, 1)
    harness.source.poisoned_games = {1}
    harness.source.backfill_failure = SiteUnavailable("down")
    harness.run(timedelta(days=6))
    assert harness.store.decided_by_numbers == []


def test_a_player_whose_unlocks_are_not_read_is_decided_by_numbers_at_once() -> None:
    home = MemoryHarness()
    home.store.unconfirmed = {1: START, 2: START}
    assert isinstance(home.syncer, PlayerSync)
    home.poll()
    assert home.store.decided_by_numbers == [1, 2]
    assert home.source.games_read == []
