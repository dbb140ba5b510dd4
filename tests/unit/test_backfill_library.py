"""The backfill of a player's library."""

from dataclasses import replace
from datetime import timedelta

from syncer.core.backfill.listing import MAX_REQUESTS
from syncer.core.errors import SiteUnavailable
from syncer.core.events import BackfillProgress, WarningRaised
from syncer.core.model.library import CompletionPage
from syncer.core.model.run import RunOutcome

from .backfill_harness import DAY, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name


def test_the_first_run_follows_and_polls_all_games_of_the_library() -> None:
    harness = BackfillHarness(played=1234)
    report = harness.run()
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 1234)
    progress = [e for e in harness.events if isinstance(e, BackfillProgress) and e.what == "played games"]
    assert [(e.count, e.total) for e in progress] == [(500, 1234), (1000, 1234), (1234, 1234)]


def test_the_library_is_read_once_a_day(harness: BackfillHarness) -> None:
    before = harness.source.requests
    harness.run(QUARTER)
    assert harness.source.requests - before == 1 + 3  # progress; titles, once
    before = harness.source.requests
    harness.run(DAY)
    assert harness.source.requests - before == 6  # progress, profile, listing, probe with its proof, unlocks


def test_all_pages_of_the_library_are_read_once_a_week() -> None:
    harness = BackfillHarness(played=1234)
    harness.run()
    pages = list[int]()
    ask = harness.source.completion_progress

    def listing(user: str, offset: int, count: int) -> CompletionPage:
        pages.append(offset)
        return ask(user, offset, count)

    harness.source.completion_progress = listing  # type: ignore[method-assign]
    for _ in range(6):
        harness.run(DAY)
    assert pages == [0] * 6
    harness.run(DAY)
    assert pages[6:] == [0, 500, 1000]


def test_a_listing_that_moves_is_read_again_and_finally_left_to_the_next_run() -> None:
    harness = BackfillHarness(played=600)
    moves = [1]

    def unlock_moves_a_game() -> None:
        if moves:
            moves.pop()
            harness.source.played.insert(0, harness.source.played.pop())

    harness.source.between_pages = unlock_moves_a_game
    assert harness.run().targets_seen == 600
    moving = BackfillHarness(played=600)
    moving.source.between_pages = lambda: moving.source.played.insert(0, moving.source.played.pop())
    report = moving.run()
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 0)
    assert any(isinstance(e, WarningRaised) and "moved" in e.what for e in moving.events)


def test_a_game_that_leaves_the_listing_is_still_followed(harness: BackfillHarness) -> None:
    harness.source.played = harness.source.played[:1]
    assert harness.run(DAY).targets_seen == 3


def test_a_game_outside_of_the_listing_is_followed_after_a_probe(harness: BackfillHarness) -> None:
    harness.source.recent[77] = harness.clock.now()  # a small set: not in the listing
    harness.run(timedelta(hours=1))
    assert harness.store.targets[77].last_seen_at is not None
    assert harness.run(QUARTER).targets_seen == 4


def test_a_listing_with_an_impossible_total_is_not_read() -> None:
    harness = BackfillHarness()
    original = harness.source.completion_progress

    def huge(user: str, offset: int, count: int) -> CompletionPage:
        return replace(original(user, offset, count), total=2_000_000_000)

    harness.source.completion_progress = huge  # type: ignore
    harness.run()
    assert any(isinstance(e, WarningRaised) and "2,000,000,000 games" in e.what for e in harness.events)
    assert harness.source.requests <= 6

    def more_than_there_are(user: str, offset: int, count: int) -> CompletionPage:
        return replace(original(user, offset, count), total=40_000)

    harness.source.completion_progress = more_than_there_are  # type: ignore
    before = harness.source.requests
    harness.run(QUARTER)
    assert harness.source.requests - before <= 3 * 2 + 2  # each walk ends at the first empty page


def test_a_player_without_games_is_polled_at_the_interval() -> None:
    harness = BackfillHarness(played=0)
    harness.source.played = []
    assert harness.run().requests == 6  # profile, listing, two pages of played games and a proof, unlocks
    assert harness.wakes(QUARTER) == [True]
    assert harness.wakes(timedelta(minutes=1), timedelta(minutes=12), timedelta(minutes=1)) == [
        False,
        False,
        True,
    ]
    harness.source.recent[1] = harness.clock.now()
    assert harness.wakes(timedelta(hours=1)) == [True]  # small or not, played with an unlock or without
    assert harness.store.targets.keys() == {1}
    assert not any(isinstance(e, WarningRaised) for e in harness.events)


def test_a_first_reading_that_fails_is_repeated_by_the_next_run() -> None:
    harness = BackfillHarness()
    harness.source.backfill_failure = SiteUnavailable("503")
    harness.run()
    assert harness.wakes(timedelta(minutes=1)) == [False]
    harness.source.backfill_failure = None
    assert harness.wakes(timedelta(minutes=14)) == [True]
    assert harness.store.targets


def test_a_listing_without_an_end_is_given_up(harness: BackfillHarness) -> None:
    page = CompletionPage(None, tuple(harness.source.played))
    harness.source.completion_progress = lambda user, offset, count: page  # type: ignore[method-assign]
    harness.run(7 * DAY)
    texts = [event.what for event in harness.events if isinstance(event, WarningRaised)]
    assert any(f"not read to its end with {MAX_REQUESTS} requests" in text for text in texts)
