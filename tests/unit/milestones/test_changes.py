"""Which unlocks a change contains, and which award it brought."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.milestones.changes import (
    Contained,
    NamedUnlock,
    ProgressChange,
    change_award,
    completed_by,
    contained_unlocks,
    gained,
)
from syncer.core.milestones.states import SeenAward
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import Progress
from syncer.core.model.restoration import NOTHING, Amounts

BEFORE = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AT = BEFORE + 15 * MINUTE


def progress(unlocked: int, hardcore: int = 0, possible: int = 10) -> Progress:
    return Progress(possible, possible * 5, unlocked, unlocked * 5, hardcore, hardcore * 5)


def change(before: Progress, after: Progress, restored: Amounts | None = NOTHING) -> ProgressChange:
    return ProgressChange(before, after, BEFORE, AT, restored)


def unlock(number: int, at: datetime, *, hardcore: bool = False, **more: datetime) -> NamedUnlock:
    return NamedUnlock(number, f"Achievement {number}", 5, hardcore, at, **more)


OLD = [unlock(1, BEFORE - 9 * DAY), unlock(2, BEFORE - 8 * DAY)]


def names(found: Contained) -> tuple[list[int], list[int]]:
    return [u.achievement_id for u in found.unlocks], [u.achievement_id for u in found.upgrades]


def test_unlocks_dated_between_the_two_polls_are_those_of_the_change() -> None:
    known = [*OLD, unlock(4, BEFORE + 9 * MINUTE, hardcore=True), unlock(3, BEFORE + 5 * MINUTE)]
    assert names(contained_unlocks(change(progress(2), progress(4, 1)), known)) == ([3, 4], [])


def test_an_unlock_that_was_listed_before_it_was_counted_belongs_to_the_poll_that_counts_it() -> None:
    known = [*OLD, unlock(3, BEFORE - 2 * MINUTE), unlock(4, BEFORE + 5 * MINUTE)]
    assert names(contained_unlocks(change(progress(2), progress(4)), known)) == ([3, 4], [])
    known = [*OLD, unlock(3, BEFORE + 5 * MINUTE), unlock(4, AT - MINUTE)]
    assert names(contained_unlocks(change(progress(2), progress(3)), known)) == ([3], [])


def test_an_unlock_of_an_earlier_date_is_found_by_when_it_became_visible() -> None:
    late = unlock(3, BEFORE - 9 * DAY, visible_after=BEFORE - 5 * MINUTE)
    assert names(contained_unlocks(change(progress(2), progress(3)), [*OLD, late])) == ([3], [])
    hidden = unlock(3, BEFORE - 9 * DAY, visible_after=BEFORE - 8 * DAY)
    assert names(contained_unlocks(change(progress(2), progress(3)), [*OLD, hidden])) == ([], [])


def test_nothing_is_named_where_numbers_and_unlocks_do_not_fit() -> None:
    assert contained_unlocks(change(progress(2), progress(4)), [*OLD, unlock(3, AT)]) == Contained()
    assert contained_unlocks(change(progress(2), progress(1)), OLD) == Contained()
    # The numbers may count an unlock that is not stored: then the order shows nothing.
    known = [unlock(1, BEFORE - DAY), unlock(3, AT - MINUTE), unlock(4, AT)]
    assert contained_unlocks(change(progress(5), progress(6)), known) == Contained()


def test_an_unlock_that_was_reset_later_still_has_its_name() -> None:
    gone = unlock(3, AT - MINUTE, gone_at=AT + DAY)
    assert names(contained_unlocks(change(progress(2), progress(3)), [*OLD, gone])) == ([3], [])
    reset = unlock(4, AT - 2 * MINUTE, gone_at=AT - MINUTE)
    assert names(contained_unlocks(change(progress(2), progress(3)), [*OLD, reset, gone])) == ([3], [])


def test_an_achievement_unlocked_again_in_hardcore_is_an_upgrade() -> None:
    known = [*OLD, unlock(2, AT - MINUTE, hardcore=True)]
    assert names(contained_unlocks(change(progress(2), progress(2, 1)), known)) == ([], [2])
    # Its softcore unlock is unknown where it was never read.
    known = [unlock(2, AT - MINUTE, hardcore=True)]
    assert names(contained_unlocks(change(progress(2), progress(2, 1)), known)) == ([], [2])


def test_an_achievement_unlocked_in_both_modes_between_two_polls_is_one_unlock_in_hardcore() -> None:
    later = unlock(1, AT + 5 * MINUTE, hardcore=True)  # of the next change
    both = [unlock(3, BEFORE + MINUTE), unlock(3, BEFORE + 2 * MINUTE, hardcore=True)]
    found = contained_unlocks(change(progress(2), progress(3, 1)), [*OLD, *both, later])
    assert names(found) == ([3], [])
    assert found.unlocks[0].hardcore
    upgraded = unlock(2, BEFORE + 3 * MINUTE, hardcore=True)
    found = contained_unlocks(change(progress(2), progress(3, 2)), [*OLD, *both, upgraded, later])
    assert names(found) == ([3], [2])


def test_new_unlocks_in_hardcore_are_no_upgrades() -> None:
    known = [*OLD, unlock(3, AT - MINUTE, hardcore=True), unlock(1, AT, hardcore=True)]
    assert names(contained_unlocks(change(progress(2), progress(3, 2)), known)) == ([3], [1])


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (change(progress(2, 1), progress(5, 3)), (3, 2)),
        (change(progress(2), progress(5), (1, 5, 0, 0)), (2, 0)),  # one of them came back
        (change(progress(2), progress(5), None), (0, 0)),  # not decided
        (change(progress(0, possible=0), progress(5)), (0, 0)),  # the set is back
        (change(progress(5, 2), progress(3, 4)), (0, 2)),
    ],
)
def test_what_came_back_is_no_gain(made: ProgressChange, counts: tuple[int, int]) -> None:
    assert gained(made) == counts


@pytest.mark.parametrize(
    ("before", "after", "restored", "kind"),
    [
        (progress(9, 9), progress(10, 10), NOTHING, AwardKind.MASTERED),
        (progress(9, 3), progress(10, 4), NOTHING, AwardKind.COMPLETED),
        (progress(10, 9), progress(10, 10), NOTHING, AwardKind.MASTERED),
        (progress(9, 9), progress(9, 9, possible=9), NOTHING, AwardKind.MASTERED),  # the set got smaller
        (progress(10, 10), progress(10, 9), NOTHING, None),  # it was more before
        (progress(0, possible=0), progress(10, 10), NOTHING, None),  # the set is back
        (progress(0), progress(10, 10), (10, 50, 10, 50), None),  # all came back
        (progress(0), progress(10, 10), None, None),  # not decided
        (progress(0), progress(10, 10), (9, 45, 9, 45), AwardKind.MASTERED),
        (progress(8), progress(9), NOTHING, None),
    ],
)
def test_a_change_masters_or_completes_a_game(
    before: Progress, after: Progress, restored: Amounts | None, kind: AwardKind | None
) -> None:
    assert completed_by(before, after, restored) is kind


def award(kind: str, at: datetime, seen: timedelta = DAY) -> SeenAward:
    return SeenAward(kind, at, at + seen)


def test_a_change_brings_the_award_of_its_time() -> None:
    rise, nothing = change(progress(2), progress(3)), Contained()
    beaten = award("beaten-hardcore", AT - MINUTE)
    assert change_award(rise, nothing, [beaten]) is AwardKind.BEATEN_HARDCORE
    assert change_award(rise, nothing, [award("beaten-hardcore", AT + MINUTE)]) is None
    assert change_award(rise, nothing, [award("beaten-hardcore", BEFORE)]) is None
    assert change_award(rise, nothing, [award("of-a-later-version", AT)]) is None
    # The moment of an award without a date is only when it was seen.
    assert change_award(rise, nothing, [award("beaten-softcore", AT, timedelta())]) is None
    assert change_award(change(progress(2), progress(2, possible=11)), nothing, [beaten]) is None


def test_an_award_of_an_earlier_date_belongs_to_the_unlock_of_that_date() -> None:
    found = Contained((unlock(3, BEFORE - 3 * DAY),))
    rise = change(progress(2), progress(3))
    assert (
        change_award(rise, found, [award("beaten-softcore", BEFORE - 3 * DAY)]) is AwardKind.BEATEN_SOFTCORE
    )


def test_the_best_award_of_a_change_counts() -> None:
    rise = change(progress(9, 9), progress(10, 10))
    assert change_award(rise, Contained(), [award("beaten-hardcore", AT)]) is AwardKind.MASTERED
    assert change_award(rise, Contained(), []) is AwardKind.MASTERED


def test_an_award_belongs_to_the_change_that_contains_its_unlock() -> None:
    """The site counts the last unlock one poll later than it dates the award."""
    last = unlock(10, AT - MINUTE)
    known = [*(unlock(n, BEFORE - n * DAY) for n in range(1, 9)), unlock(9, BEFORE + 5 * MINUTE), last]
    earlier, listed = change(progress(8), progress(9)), [award("beaten-softcore", last.unlocked_at)]
    found = contained_unlocks(earlier, known)
    assert names(found) == ([9], [])
    assert change_award(earlier, found, listed, known) is None
    later = ProgressChange(progress(9), progress(10), AT, AT + 15 * MINUTE)
    found = contained_unlocks(later, known)
    assert names(found) == ([10], [])
    assert change_award(later, found, listed, known) is AwardKind.COMPLETED
