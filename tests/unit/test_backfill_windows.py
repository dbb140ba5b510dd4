"""Listings that move, truncated pages, sources of unlocks, and removed unlocks."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.backfill.windows import (
    complete_listing,
    covered_window,
    page_count,
    removed_unlocks,
    unlock_source,
    window_start,
)
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE as PAGE
from syncer.core.model.library import CompletionPage, PlayedGame, StoredUnlock, Unlock, UnlockPage, Window
from syncer.core.model.progress import UnparsableEntry

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def page(total: int, *ids: int) -> CompletionPage:
    return CompletionPage(total, tuple(PlayedGame(i, f"Game {i}", 1, "NES", "", 9, 1, 0) for i in ids))


def unlock(achievement: int, at: datetime = NOW, hardcore: bool = False) -> Unlock:
    return Unlock(achievement, 1, "First", 5, hardcore, at)


def ids(pages: list[CompletionPage]) -> list[int] | None:
    found = complete_listing(pages)
    return None if found is None else [game.game_id for game in found]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([page(3, 1, 2), page(3, 3)], [1, 2, 3]),
        ([page(0)], []),  # no game was played
        ([page(3, 1, 2), page(3, 2)], None),  # an unlock moved game 3 to the front
        ([page(3, 1, 2), page(4, 3)], None),  # a game was added during the reading
        ([page(3, 1, 2)], None),  # a page is missing
    ],
)
def test_a_listing_is_complete_if_its_games_add_up_to_the_total(
    pages: list[CompletionPage], expected: list[int] | None
) -> None:
    assert ids(pages) == expected


def test_the_number_of_pages() -> None:
    assert [page_count(n) for n in (0, 1, 500, 501, 2000)] == [1, 1, 1, 2, 4]


def test_a_window_begins_before_any_account_or_a_day_before_the_known_unlocks() -> None:
    assert window_start(None, NOW) < datetime(2012, 1, 1, tzinfo=UTC)
    assert window_start(NOW, NOW + DAY) == NOW - DAY


def test_a_short_page_covers_the_whole_window() -> None:
    assert covered_window(UnlockPage((unlock(1),)), NOW - DAY, NOW) == Window(NOW - DAY, NOW, None)


def test_a_full_page_covers_the_window_before_its_last_second() -> None:
    rows = [unlock(n, NOW - timedelta(seconds=PAGE - n)) for n in range(PAGE)]
    covered = covered_window(UnlockPage(tuple(rows)), NOW - DAY, NOW)
    assert covered == Window(NOW - DAY, NOW - 2 * SECOND, NOW - SECOND)


def test_a_second_that_fills_a_page_is_marked_as_truncated_and_skipped() -> None:
    covered = covered_window(UnlockPage(tuple(unlock(n) for n in range(PAGE))), NOW, NOW + DAY)
    assert covered == Window(NOW, NOW, NOW + SECOND, is_truncated=True)


ALLOWED = timedelta(minutes=45)


@pytest.mark.parametrize(
    ("unlocked", "known", "expected"),
    [
        (NOW - 2 * DAY, None, "backfill"),  # before the player was followed
        (NOW - timedelta(minutes=1), NOW - timedelta(minutes=15), "seen"),
        (NOW - timedelta(hours=3), NOW - timedelta(hours=5), "repaired"),  # in a gap of five hours
        (NOW - timedelta(hours=6), NOW - timedelta(hours=5), "seen"),  # listed late by the site
    ],
)
def test_the_source_of_an_unlock(unlocked: datetime, known: datetime | None, expected: str) -> None:
    assert unlock_source(unlocked, NOW - DAY, known, ALLOWED, NOW) == expected


COVERED = Window(NOW - DAY, NOW, None)


def stored(achievement: int, hardcore: bool = False, at: datetime = NOW) -> StoredUnlock:
    return StoredUnlock(achievement, hardcore, at)


@pytest.mark.parametrize(
    ("known", "received", "removed"),
    [
        ([stored(1)], [unlock(1)], []),
        ([stored(1)], [unlock(2)], [1]),  # reset
        ([stored(1)], [], []),  # an empty page proves nothing
        ([stored(1)], [unlock(1, hardcore=True)], []),  # now in hardcore: the site drops the softcore one
        (
            [stored(1), stored(1, hardcore=True)],
            [unlock(1, hardcore=True)],
            [],
        ),  # also when that was stored before
        ([stored(1), stored(1, hardcore=True)], [unlock(2)], [1, 1]),  # both are missing: reset
        ([stored(1, at=NOW - 2 * DAY)], [unlock(2)], []),  # outside of the window
    ],
)
def test_missing_unlocks_are_removed_unless_they_were_replaced_in_hardcore(
    known: list[StoredUnlock], received: list[Unlock], removed: list[int]
) -> None:
    found = removed_unlocks(known, UnlockPage(tuple(received)), COVERED)
    assert [unlock.achievement_id for unlock in found] == removed


@pytest.mark.timeout(20)  # comparing each with all others took a quarter of an hour
def test_a_reset_of_a_large_account_is_compared_in_one_pass() -> None:
    known = [stored(number, hardcore) for number in range(50_000) for hardcore in (False, True)]
    assert len(removed_unlocks(known, UnlockPage(()), COVERED, may_be_empty=True)) == len(known)


def test_an_unparsable_entry_keeps_all_stored_unlocks() -> None:
    """It may be the one that is missing."""
    page = UnlockPage((unlock(2),), unreadable=(UnparsableEntry("no date", "{}"),))
    assert removed_unlocks([stored(1)], page, COVERED) == []


def test_a_truncated_second_keeps_all_stored_unlocks() -> None:
    assert (
        removed_unlocks(
            [stored(1)], UnlockPage((unlock(2),)), Window(NOW, NOW, NOW + SECOND, is_truncated=True)
        )
        == []
    )
