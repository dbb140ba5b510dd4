"""The playtime of games: each is read once after a session ended."""

import pytest

from syncer.core.events import WarningRaised
from tests.fakes import START

from .backfill_harness import DAY, QUARTER, BackfillHarness


@pytest.fixture
def harness() -> BackfillHarness:
    """Return a harness with sessions and one unlock, after its first run."""
    made = BackfillHarness()
    made.sessions = True
    made.earn(1, START - DAY)
    made.run()
    return made


def test_games_whose_session_ended_are_read_two_a_run_with_their_unlocks(harness: BackfillHarness) -> None:
    harness.source.playtimes = {1: 100, 2: 200, 3: 300}
    harness.store.played = [1, 2, 3]
    harness.earn(20, harness.clock.now() - 20 * DAY, game=2)  # older than the windows that are read
    harness.run(QUARTER)
    assert harness.store.playtimes == {1: 100, 2: 200}
    assert (20, False) in harness.store.unlocks
    harness.run(QUARTER)
    assert harness.store.playtimes == {1: 100, 2: 200, 3: 300}
    assert harness.source.games_read == [1, 2, 3]


def test_without_unlocks_only_the_playtime_of_an_answer_is_stored(harness: BackfillHarness) -> None:
    harness.unlocks = False
    harness.source.playtimes, harness.store.played = {2: 200}, [2]
    harness.earn(20, harness.clock.now() - 20 * DAY, game=2)
    harness.run(QUARTER)
    assert harness.store.playtimes == {2: 200}
    assert (20, False) not in harness.store.unlocks


def test_without_sessions_none_is_requested(harness: BackfillHarness) -> None:
    harness.sessions = False
    harness.store.played = [1]
    harness.run(QUARTER)
    assert harness.source.games_read == []


def test_an_answer_without_a_playtime_is_requested_ever_more_rarely(harness: BackfillHarness) -> None:
    harness.store.played = [1]
    for _ in range(40):
        harness.run(QUARTER)
    assert 3 <= len(harness.source.games_read) <= 7


def test_a_game_that_cannot_be_read_does_not_block_the_others(harness: BackfillHarness) -> None:
    harness.source.playtimes, harness.store.played = {2: 200}, [1, 2]
    harness.source.poisoned_games = {1}
    harness.run(QUARTER)
    assert harness.store.playtimes == {2: 200}
    warnings = [event.what for event in harness.events if isinstance(event, WarningRaised)]
    assert any("the playtime of game 1 could not be read" in what for what in warnings)


def test_a_disagreeing_answer_gives_its_playtime_and_delays_no_repair(harness: BackfillHarness) -> None:
    harness.source.playtimes, harness.store.played = {2: 200}, [2]
    harness.store.disagreeing = {2}
    harness.run(QUARTER)
    assert harness.store.playtimes == {2: 200}
    assert harness.store.consistency.readings == {}
