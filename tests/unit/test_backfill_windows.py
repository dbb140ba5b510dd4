"""Pages that move, answers that are cut, unlocks that vanish: what follows from each."""

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
        ([page(0)], []),  # nothing was ever played
        ([page(3, 1, 2), page(3, 2)], None),  # an unlock moved game 3 to the front
        ([page(3, 1, 2), page(4, 3)], None),  # a game came while it was read
        ([page(3, 1, 2)], None),  # a page is missing
    ],
)
def test_only_a_walk_that_fits_together_counts(
    pages: list[CompletionPage], expected: list[int] | None
) -> None:
    assert ids(pages) == expected


def test_pages() -> None:
    assert [page_count(n) for n in (0, 1, 500, 501, 2000)] == [1, 1, 1, 2, 4]


def test_asking_begins_before_the_site_or_a_day_before_what_is_known() -> None:
    assert window_start(None, NOW) < datetime(2012, 1, 1, tzinfo=UTC)
    assert window_start(NOW, NOW + DAY) == NOW - DAY


def test_a_short_answer_tells_everything() -> None:
    assert covered_window(UnlockPage((unlock(1),)), NOW - DAY, NOW) == Window(NOW - DAY, NOW, None)


def test_a_full_answer_tells_all_before_its_last_second() -> None:
    rows = [unlock(n, NOW - timedelta(seconds=PAGE - n)) for n in range(PAGE)]
    covered = covered_window(UnlockPage(tuple(rows)), NOW - DAY, NOW)
    assert covered == Window(NOW - DAY, NOW - 2 * SECOND, NOW - SECOND)


def test_a_second_that_fills_an_answer_is_passed_over_and_said_to_be_cut() -> None:
    covered = covered_window(UnlockPage(tuple(unlock(n) for n in range(PAGE))), NOW, NOW + DAY)
    assert covered == Window(NOW, NOW, NOW + SECOND, is_truncated=True)


ALLOWED = timedelta(minutes=45)


@pytest.mark.parametrize(
    ("unlocked", "known", "expected"),
    [
        (NOW - 2 * DAY, None, "backfill"),  # before we knew the player
        (NOW - timedelta(minutes=1), NOW - timedelta(minutes=15), "seen"),
        (NOW - timedelta(hours=3), NOW - timedelta(hours=5), "repaired"),  # nobody asked for five hours
        (NOW - timedelta(hours=6), NOW - timedelta(hours=5), "seen"),  # only told late
    ],
)
def test_why_an_unlock_is_known(unlocked: datetime, known: datetime | None, expected: str) -> None:
    assert unlock_source(unlocked, NOW - DAY, known, ALLOWED, NOW) == expected


COVERED = Window(NOW - DAY, NOW, None)


def stored(achievement: int, hardcore: bool = False, at: datetime = NOW) -> StoredUnlock:
    return StoredUnlock(achievement, hardcore, at)


@pytest.mark.parametrize(
    ("known", "told", "gone"),
    [
        ([stored(1)], [unlock(1)], []),
        ([stored(1)], [unlock(2)], [1]),  # reset
        ([stored(1)], [], []),  # an empty answer proves nothing
        ([stored(1)], [unlock(1, hardcore=True)], []),  # redone in hardcore: the site forgets the casual one
        ([stored(1), stored(1, hardcore=True)], [unlock(1, hardcore=True)], []),  # and later still
        ([stored(1), stored(1, hardcore=True)], [unlock(2)], [1, 1]),  # both are told no more: reset
        ([stored(1, at=NOW - 2 * DAY)], [unlock(2)], []),  # not asked about
    ],
)
def test_what_vanished_is_gone_but_not_what_was_bettered(
    known: list[StoredUnlock], told: list[Unlock], gone: list[int]
) -> None:
    assert [s.achievement_id for s in removed_unlocks(known, UnlockPage(tuple(told)), COVERED)] == gone


def test_nothing_is_gone_from_a_second_that_was_cut() -> None:
    assert (
        removed_unlocks(
            [stored(1)], UnlockPage((unlock(2),)), Window(NOW, NOW, NOW + SECOND, is_truncated=True)
        )
        == []
    )
