"""The backfill of unlocks: windows, pages and empty answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from syncer.core.estimate.next_run import BackfillSize, backfill_requests
from syncer.core.events import WarningRaised
from syncer.core.model.library import UnlockPage
from syncer.core.model.progress import Progress, UnparsableEntry
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import START
from tests.memory_polling import MemoryPolling

from .backfill_harness import DAY, GOOD, QUARTER, BackfillHarness, harness, tracked_player

__all__ = ["harness"]  # a fixture, requested by its name


def test_unlocks_before_recording_are_backfill_and_later_ones_are_seen(harness: BackfillHarness) -> None:
    harness.earn(2, harness.clock.now() + timedelta(minutes=5))
    harness.play(QUARTER)
    assert harness.store.unlocks == {(1, False): "backfill", (2, False): "seen"}


def test_unlocks_during_a_gap_are_repaired(harness: BackfillHarness) -> None:
    harness.earn(2, harness.clock.now() + timedelta(hours=5))
    harness.run(timedelta(hours=20))
    assert harness.store.unlocks[2, False] == "repaired"


def test_a_long_history_is_read_page_by_page_and_no_page_twice() -> None:
    harness = BackfillHarness()
    for n in range(1700):
        harness.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    harness.run()
    assert len(harness.store.unlocks) == 1700
    assert len(harness.source.windows) == 4
    harness.play(QUARTER)
    assert len(harness.source.windows) == 1
    harness.run(QUARTER)
    assert harness.source.windows == []  # nothing changed


def test_an_interrupted_backfill_continues_where_it_stopped() -> None:
    harness = BackfillHarness()
    for n in range(1700):
        harness.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    original = harness.source.achievements_earned_between

    def twice(user: str, begin: datetime, end: datetime) -> UnlockPage:
        if len(harness.source.windows) == 2:
            raise KeyboardInterrupt
        return original(user, begin, end)

    harness.source.achievements_earned_between = twice  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        harness.run()
    harness.source.achievements_earned_between = original  # type: ignore[method-assign]
    had = len(harness.store.unlocks)
    assert 900 < had < 1100
    harness.run()
    assert len(harness.store.unlocks) == 1700
    assert len(harness.source.windows) <= 4
    assert set(harness.store.unlocks.values()) == {"backfill"}


def test_an_unlock_in_the_second_of_the_last_answer_is_not_lost_by_an_interruption(
    harness: BackfillHarness,
) -> None:
    """The answer came before that second was over, and the run was killed before it was closed."""

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    harness.play(QUARTER)  # reads the unlocks until now
    close, harness.store.close_run = harness.store.close_run, killed  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt):
        harness.play(QUARTER)
    harness.store.close_run = close  # type: ignore[method-assign]
    harness.earn(2, harness.clock.now().replace(microsecond=0))
    harness.play(QUARTER)
    assert (2, False) in harness.store.unlocks


def test_a_second_with_more_unlocks_than_a_page_does_not_stop_the_backfill() -> None:
    harness = BackfillHarness()
    for n in range(900):
        harness.earn(n, START - DAY)
    harness.earn(5000, START - timedelta(hours=1))
    harness.run()
    assert (5000, False) in harness.store.unlocks
    assert len(harness.store.unlocks) == 501


def test_an_empty_first_page_is_rejected_if_the_counts_show_unlocks() -> None:
    harness = BackfillHarness()
    harness.run()
    assert harness.store.player
    assert harness.store.player.unlocks_synced_until is None
    assert any(isinstance(e, WarningRaised) and "though there are unlocks" in e.what for e in harness.events)


def test_an_empty_page_after_a_truncated_one_is_rejected() -> None:
    harness = BackfillHarness()
    for n in range(700):
        harness.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    original = harness.source.achievements_earned_between

    def then_nothing(user: str, begin: datetime, end: datetime) -> UnlockPage:
        return original(user, begin, end) if not harness.source.windows else UnlockPage(())

    harness.source.achievements_earned_between = then_nothing  # type: ignore
    harness.run()
    assert harness.store.player
    first = START - timedelta(days=1000)
    assert harness.store.player.unlocks_synced_until == first + timedelta(minutes=499, seconds=-1)
    harness.source.achievements_earned_between = original  # type: ignore
    harness.run(QUARTER)
    assert len(harness.store.unlocks) == 700


def test_an_empty_page_after_a_gap_is_rejected_three_times(harness: BackfillHarness) -> None:
    harness.source.games[1] = GOOD._replace(num_achieved=4, score_achieved=40)
    harness.run(20 * DAY)  # so that the only unlock is older than the longest overlap
    known = harness.store.player and harness.store.player.unlocks_synced_until
    harness.run(30 * DAY)
    assert harness.store.player
    assert harness.store.player.unlocks_synced_until == known
    for _ in range(12):  # but not for ever: there may be no unlock to list
        harness.run(timedelta(hours=2))
    assert harness.store.player.unlocks_synced_until != known


def test_with_listed_games_unlocks_are_read_after_a_change_or_once_a_day() -> None:
    harness = BackfillHarness(games=(1, 2))
    harness.earn(1, START - DAY)
    assert harness.run().requests == 4  # profile, listing, progress, unlocks
    assert harness.store.unlocks == {(1, False): "backfill"}
    assert harness.run(QUARTER).requests == 1 + 2  # titles, once
    assert harness.run(QUARTER).requests == 1
    harness.source.games[1] = Progress(10, 100, 3, 30, 1, 10)
    harness.earn(2, harness.clock.now())
    assert harness.run(QUARTER).requests == 2
    assert harness.store.unlocks[2, False] == "seen"
    harness.run(DAY)
    assert len(harness.source.windows) == 1


def test_without_unlocks_there_are_no_further_requests() -> None:
    harness = BackfillHarness()
    tracked = replace(tracked_player(1, 2), unlocks=False)
    store, clock = harness.store, SiteClock(harness.clock)
    syncer = PlayerSync(
        *(tracked, harness.source, store, store, store, store, MemoryPolling(store)),
        *(clock, harness.events.append, Random(1)),
    )
    first, second = syncer.run_once("test"), syncer.run_once("test")
    assert first
    assert second
    assert (first.requests, second.requests) == (2, 1)
    assert backfill_requests(None, tracked, BackfillSize(), True, START) == 0


def test_an_unparsable_unlock_is_reported_and_the_others_are_stored(harness: BackfillHarness) -> None:
    original = harness.source.achievements_earned_between

    def odd(user: str, begin: datetime, end: datetime) -> UnlockPage:
        return replace(original(user, begin, end), unreadable=(UnparsableEntry("no date", "{}"),))

    harness.source.achievements_earned_between = odd  # type: ignore[method-assign]
    harness.play(QUARTER)
    assert any(
        isinstance(e, WarningRaised) and "1 unlock could not be read" in e.what for e in harness.events
    )
    assert (1, False) in harness.store.unlocks
