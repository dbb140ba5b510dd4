"""Rows that cannot be read: kept, counted, warned of and passed; read again once a day while they stand."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncer.core.backfill.unreadable import (
    LISTING_ENDPOINT,
    UNLOCKS_ENDPOINT,
    parse_window,
    window_subject,
)
from syncer.core.backfill.windows import covered_window
from syncer.core.events import RowsRejected, WarningRaised
from syncer.core.model.library import CompletionPage, UnlockPage
from syncer.core.model.progress import UnparsableEntry
from syncer.core.model.run import RunOutcome
from tests.fakes import START

from .backfill_harness import DAY, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name

ODD = UnparsableEntry("GameID: not a number", '{"GameID": null}')
NOTHING_FOLLOWED = "the listing had rows and none could be read; nothing is followed"


def listing(harness: BackfillHarness, *odd: UnparsableEntry, readable: int = 3) -> None:
    """Make the site send these rows beside the readable ones."""

    def page(user: str, offset: int, count: int) -> CompletionPage:
        harness.source.requests += 1
        games = tuple(harness.source.played[:readable])
        return CompletionPage(len(games) + len(odd), games, odd)

    harness.source.completion_progress = page  # type: ignore[method-assign]


def test_a_listing_of_which_no_row_can_be_read_fails_the_run_as_an_outage() -> None:
    harness = BackfillHarness()
    listing(harness, ODD, replace(ODD, raw="{}"), readable=0)
    report = harness.run()
    assert (report.outcome, report.exit_code, report.error) == (RunOutcome.FAILED, 69, NOTHING_FOLLOWED)
    assert harness.source.budget.read().wait_reason == "outage"
    assert len(harness.store.kept_rows.rows) == 2
    listing(harness)
    report = harness.run(2 * QUARTER)  # asked again as after an outage
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 3)
    assert harness.store.kept_rows.rows == {}


def test_where_games_are_followed_it_costs_the_listing_only(harness: BackfillHarness) -> None:
    listing(harness, ODD, readable=0)
    report = harness.run(DAY)
    assert (report.outcome, report.exit_code, report.targets_seen) == (RunOutcome.PARTIAL, 3, 3)


def test_some_rows_that_cannot_be_read_make_the_run_partial_and_the_others_are_followed() -> None:
    harness = BackfillHarness()
    listing(harness, ODD)
    report = harness.run()
    assert (report.outcome, report.exit_code, report.targets_seen) == (RunOutcome.PARTIAL, 3, 3)
    assert list(harness.store.kept_rows.rows) == [(LISTING_ENDPOINT, "the played games", ODD.raw)]
    assert RowsRejected("Tester", LISTING_ENDPOINT, 1) in harness.events
    texts = [event.what for event in harness.events if isinstance(event, WarningRaised)]
    assert "1 played game could not be read: GameID: not a number" in texts
    assert harness.run(QUARTER).outcome is RunOutcome.OK  # the listing is not due: read again once a day
    assert harness.run(DAY).outcome is RunOutcome.PARTIAL
    listing(harness)
    assert harness.run(7 * DAY).outcome is RunOutcome.OK  # all pages are read once a week
    assert harness.store.kept_rows.rows == {}


def odd_unlocks(harness: BackfillHarness, until: datetime) -> None:
    """Make the site send an odd row in each window that begins before `until`."""
    original = type(harness.source).achievements_earned_between

    def answer(user: str, begin: datetime, end: datetime) -> UnlockPage:
        page = original(harness.source, user, begin, end)
        return replace(page, unreadable=(ODD,)) if begin <= until <= end else page

    harness.source.achievements_earned_between = answer  # type: ignore[method-assign]


def test_a_window_with_an_odd_unlock_is_passed_and_read_again_once_a_day(harness: BackfillHarness) -> None:
    odd_unlocks(harness, START - timedelta(minutes=1))
    assert harness.play(QUARTER).outcome is RunOutcome.PARTIAL
    first = harness.source.windows[0]
    assert [key[0] for key in harness.store.kept_rows.rows] == [UNLOCKS_ENDPOINT]
    assert harness.store.player
    assert harness.store.player.unlocks_synced_until == harness.clock.now()  # it moves on
    for days in (1, 15):  # the windows overlap those before by 15.5 days, and show the entry again
        harness.run(days * DAY)
        assert len(harness.source.windows) == 1
    harness.run(DAY + QUARTER)  # the entry is in no new window
    assert harness.source.windows[1:] == [first]
    assert harness.store.player.unlocks_synced_until == harness.clock.now()  # and does not move back
    assert harness.play(QUARTER).outcome is RunOutcome.OK
    assert len(harness.source.windows) == 1


def test_an_unlock_that_can_be_read_later_is_stored_and_ends_the_entry(harness: BackfillHarness) -> None:
    whole = harness.source.achievements_earned_between
    odd_unlocks(harness, START - timedelta(minutes=1))
    harness.play(QUARTER)
    first = harness.source.windows[0]
    harness.run(15 * DAY)
    harness.source.achievements_earned_between = whole  # type: ignore[method-assign]
    harness.earn(5, START - timedelta(minutes=1))
    harness.run(DAY + QUARTER)
    assert harness.source.windows[1:] == [first]
    assert harness.store.kept_rows.rows == {}
    assert (5, False) in harness.store.unlocks
    harness.run(2 * DAY)
    assert len(harness.source.windows) == 1


def test_a_window_is_written_as_an_iso_interval() -> None:
    begin, end = START, START + DAY
    subject = window_subject(UnlockPage((), (ODD,)), covered_window(UnlockPage((), (ODD,)), begin, end))
    assert subject == "2026-05-01T12:00:00Z/2026-05-02T12:00:00Z"
    assert parse_window(subject) == (begin, end)


@pytest.mark.parametrize("subject", ["the played games", "game 1", "", "a/b", "2026-05-01T12:00:00Z"])
def test_another_subject_is_no_window(subject: str) -> None:
    assert parse_window(subject) is None


def test_a_full_page_that_cannot_be_read_is_passed_by_its_dates() -> None:
    page = UnlockPage((), (ODD,) * 500, last_at=START + timedelta(hours=1))
    window = covered_window(page, START, START + DAY)
    assert (window.end, window.next) == (START + timedelta(minutes=59, seconds=59), page.last_at)
    assert window_subject(page, window).endswith("T13:00:00Z")
