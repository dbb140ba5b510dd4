"""Received unlocks against stored ones: resets, corrected dates, edits, and rows that come back."""

from datetime import UTC, datetime, timedelta

from syncer.core.backfill.unlock_changes import UnlockChanges, compare_unlocks
from syncer.core.backfill.windows import unlisted_unlocks
from syncer.core.model.library import StoredUnlock, Unlock

DAY = timedelta(days=1)
THEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = THEN + 9 * DAY


def stored(at: datetime = THEN, *, hardcore: bool = False, gone_at: datetime | None = None) -> StoredUnlock:
    return StoredUnlock(1, hardcore, at, gone_at, 7, 5, "First")


def unlock(at: datetime = THEN, *, hardcore: bool = False, points: int = 5, title: str = "First") -> Unlock:
    return Unlock(1, 7, title, points, hardcore, at)


NOTHING = UnlockChanges((), (), ())


def test_what_is_stored_already_changes_nothing() -> None:
    assert compare_unlocks([stored()], [unlock()]) == NOTHING


def test_another_date_closes_the_old_row_and_adds_one_beside_it() -> None:
    found = compare_unlocks([stored()], [unlock(LATER)])
    assert found == UnlockChanges((unlock(LATER),), (), (stored(),))


def test_earned_again_after_it_was_gone_leaves_the_old_row_as_it_is() -> None:
    gone = stored(gone_at=THEN + DAY)
    assert compare_unlocks([gone], [unlock(LATER)]) == UnlockChanges((unlock(LATER),), (), ())


def test_a_row_that_is_listed_again_with_its_date_comes_back() -> None:
    rows = [stored(gone_at=THEN + DAY), stored(LATER)]
    assert compare_unlocks(rows, [unlock()]) == UnlockChanges((), (unlock(),), (stored(LATER),))


def test_a_softcore_unlock_comes_back_with_the_hardcore_one_that_hides_it_in_a_list() -> None:
    again, hardcore = unlock(LATER, hardcore=True), stored(LATER, hardcore=True, gone_at=LATER + DAY)
    together = stored(gone_at=LATER + DAY)
    assert compare_unlocks([together, hardcore], [again]).updated == (again, unlock())
    reset_before = stored(gone_at=LATER - DAY)
    assert compare_unlocks([reset_before, hardcore], [again]).updated == (again,)
    current = stored(THEN + DAY)
    assert compare_unlocks([together, current, hardcore], [again]).updated == (again,)


def test_edited_points_and_titles_change_the_current_row_only() -> None:
    edited = unlock(points=10, title="Renamed")
    rows = [stored(), stored(THEN - DAY, gone_at=THEN)]
    assert compare_unlocks(rows, [edited]) == UnlockChanges((), (edited,), ())


def test_a_hardcore_unlock_leaves_the_softcore_one_of_a_list() -> None:
    again = unlock(LATER, hardcore=True)
    assert compare_unlocks([stored()], [again]) == UnlockChanges((again,), (), ())


def test_edited_points_reach_the_softcore_unlock_that_a_list_no_longer_shows() -> None:
    hardcore = stored(LATER, hardcore=True)
    again = unlock(LATER, hardcore=True, points=10)
    assert compare_unlocks([stored(), hardcore], [again]).updated == (again, unlock(points=10))
    gone = stored(gone_at=LATER)
    assert compare_unlocks([gone, hardcore], [again]).updated == (again,)


def test_an_achievement_that_is_listed_in_softcore_alone_has_no_hardcore_unlock() -> None:
    hardcore = stored(hardcore=True)
    assert compare_unlocks([hardcore], [unlock(LATER)]) == UnlockChanges((unlock(LATER),), (), (hardcore,))
    both = [unlock(), unlock(hardcore=True)]
    assert compare_unlocks([hardcore], both) == UnlockChanges((unlock(),), (), ())


def test_a_games_own_answer_decides_about_softcore_unlocks() -> None:
    """A list shows the hardcore moment alone; this answer has both, so what it lacks was reset."""
    received = [unlock(LATER, hardcore=True)]
    assert unlisted_unlocks([stored(), stored(LATER, hardcore=True)], received) == [stored()]
    assert unlisted_unlocks([stored()], [unlock(), *received]) == []
