"""What comes back after a fall is no gain: the named cases, by the pure rules.

A game has 20 achievements of 10 points. Amounts are achievements, points, and both of hardcore.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.backfill.restoration import (
    changed_steps,
    decide_by_numbers,
    decide_by_unlocks,
    new_restoration,
    settle_falls,
)
from syncer.core.model.library import Unlock
from syncer.core.model.progress import Progress
from syncer.core.model.restoration import NOTHING, Amounts, KnownUnlock, Step

START = datetime(2026, 5, 1, tzinfo=UTC)
A_YEAR_AGO = START - timedelta(days=365)
DAY = timedelta(days=1)
ALL: Amounts = (20, 200, 12, 120)


def progress(achieved: int, hardcore: int = 0, possible: int = 20, bonus: int = 0) -> Progress:
    return Progress(possible, possible * 10, achieved, achieved * 10 + bonus, hardcore, hardcore * 10)


FULL, NONE, LESS = progress(20, 12), progress(0), progress(19, 12)


def history(*states: Progress, undecided: Sequence[int] = ()) -> list[Step]:
    """Return one step a day; those with these numbers are not decided."""
    return [
        Step(n, state, START + n * DAY, START + (n + 0.5) * DAY, None if n in undecided else NOTHING)
        for n, state in enumerate(states)
    ]


def rows(count: int, hardcore: int = 0, at: datetime = A_YEAR_AGO, first: int = 1) -> list[Unlock]:
    """Return unlocks, the first of them in hardcore."""
    return [Unlock(first + n, 7, "A", 10, n < hardcore, at) for n in range(count)]


def known(
    unlocks: Sequence[Unlock], seen: datetime = START, gone: datetime | None = None
) -> list[KnownUnlock]:
    return [KnownUnlock(u.achievement_id, u.hardcore, u.unlocked_at, seen, gone) for u in unlocks]


def restored(
    steps: Sequence[Step], stored: Sequence[KnownUnlock], answer: Sequence[Unlock]
) -> list[Amounts | None]:
    return [step.restored for step in settle_falls(decide_by_unlocks(steps, stored, answer))]


# Which rises are undecided


@pytest.mark.parametrize(
    ("states", "after", "expected"),
    [
        ([LESS], FULL, NOTHING),  # no fall before
        ([FULL, NONE], FULL, None),
        ([FULL, NONE, progress(5)], FULL, None),  # not reached again
        ([LESS, NONE, LESS], FULL, NOTHING),  # made up for
        ([progress(20, 12), progress(20, 0)], progress(20, 3), None),  # hardcore alone
        ([progress(20, 12), progress(19, 12)], progress(19, 13), NOTHING),  # the half that fell does not rise
        ([FULL, progress(0, possible=0)], FULL, NOTHING),  # a set that is back: no gain anyway
        ([FULL, NONE], progress(0, possible=19), NOTHING),  # no rise
    ],
)
def test_a_rise_is_undecided_after_a_fall_that_was_not_made_up_for(
    states: list[Progress], after: Progress, expected: Amounts | None
) -> None:
    assert new_restoration(history(*states), after, reads_unlocks=True) == expected


def test_a_late_poll_with_equal_numbers_is_no_step() -> None:
    steps = changed_steps(history(FULL, NONE, NONE, FULL))
    assert [step.id for step in steps] == [0, 1, 3]
    assert steps[1].last_seen_at == START + 2.5 * DAY


# By numbers


@pytest.mark.parametrize(
    ("states", "after", "expected"),
    [
        ([FULL, NONE], FULL, ALL),
        ([FULL, NONE, NONE], FULL, ALL),  # polled late in between
        ([LESS, NONE], FULL, NOTHING),  # one more beside it
        ([FULL, NONE], progress(20, 12, bonus=5), NOTHING),  # a changed score beside it
        ([FULL, NONE, progress(12, 12)], FULL, NOTHING),  # in two steps
        ([progress(2), NONE], progress(2), NOTHING),  # two achievements prove nothing
        ([progress(3), NONE], progress(3), (3, 30, 0, 0)),
    ],
)
def test_without_unlocks_the_numbers_decide(
    states: list[Progress], after: Progress, expected: Amounts
) -> None:
    assert new_restoration(history(*states), after, reads_unlocks=False) == expected
    undecided = history(*states, after, undecided=[len(states)])
    assert decide_by_numbers(undecided)[-1].restored == expected


# By unlocks


def test_a_fall_whose_unlocks_were_not_read_in_between_came_back_whole() -> None:
    steps = history(FULL, NONE, FULL, undecided=[2])
    answer = rows(20, 12)
    assert restored(steps, known(answer), answer) == [NOTHING, ALL, ALL]


def test_unlocks_that_are_marked_as_gone_came_back_too() -> None:
    steps, answer = history(FULL, NONE, FULL, undecided=[2]), rows(20, 12)
    assert restored(steps, known(answer, gone=START + DAY), answer) == [NOTHING, ALL, ALL]


def test_the_rise_comes_in_two_steps_and_each_step_came_back() -> None:
    answer = rows(20, 12)
    first = history(FULL, NONE, progress(12, 12), undecided=[2])
    decided = settle_falls(decide_by_unlocks(first, known(answer), answer[:12]))
    assert decided[2].restored == (12, 120, 12, 120)
    second = [*decided, replace(history(*[FULL] * 4)[3], restored=None)]
    assert restored(second, known(answer), answer) == [NOTHING, ALL, (12, 120, 12, 120), (8, 80, 0, 0)]


def test_one_new_achievement_beside_it_is_a_gain() -> None:
    answer = rows(19, 12) + rows(1, 0, START + 2 * DAY, first=20)
    steps = history(LESS, NONE, FULL, undecided=[2])
    made_up = (19, 190, 12, 120)
    assert restored(steps, known(answer[:19]), answer) == [NOTHING, made_up, made_up]


def test_a_changed_score_beside_it_came_back_with_it() -> None:
    answer = rows(20, 12)
    steps = history(FULL, NONE, progress(20, 12, bonus=5), undecided=[2])
    assert restored(steps, known(answer), answer)[1:] == [ALL, (20, 205, 12, 120)]


def test_unlocks_not_read_before_the_fall_count_by_their_dates_up_to_the_number_shown() -> None:
    new = rows(1, 0, START + 2 * DAY, first=20)
    steps = history(LESS, NONE, FULL, undecided=[2])
    assert restored(steps, [], rows(19, 12) + new)[2] == (19, 190, 12, 120)
    backdated = rows(20, 12)  # one more than the last snapshot before the fall showed
    assert restored(steps, [], backdated)[2] == (19, 190, 12, 120)


def test_of_unread_unlocks_only_those_older_than_the_last_snapshot_came_back() -> None:
    """Two were shown; one of them came back, and the other was earned again."""
    steps = history(progress(2), NONE, progress(2), undecided=[2])
    again = rows(1, 0, START + 2 * DAY, first=9)
    assert restored(steps, [], [*rows(1), *again])[2] == (1, 10, 0, 0)


def test_unlocks_that_were_gone_long_before_the_fall_leave_room_for_unread_ones() -> None:
    """Two of an older reset are stored; the two that the last snapshot showed were never read."""
    steps = history(progress(2), NONE, progress(2), undecided=[2])
    older = known(rows(2, first=7), seen=A_YEAR_AGO, gone=START)
    assert restored(steps, older, rows(2))[2] == (2, 20, 0, 0)


def test_a_real_reset_earned_again_over_weeks_is_all_gain() -> None:
    old, again = rows(20, 12), rows(20, 20, START + 3 * DAY)
    stored = known(old, gone=START + DAY)
    steps = history(FULL, NONE, progress(8, 8), undecided=[2])
    decided = settle_falls(decide_by_unlocks(steps, stored, again[:8]))
    assert [step.restored for step in decided] == [NOTHING, NOTHING, NOTHING]
    stored += known(again[:8], seen=START + 3 * DAY)
    more = [*decided, replace(history(*[progress(20, 20)] * 4)[3], restored=None)]
    assert restored(more, stored, again) == [NOTHING] * 4


def test_what_comes_back_after_a_gain_is_not_taken_for_it() -> None:
    """Five were earned again, which is decided; then three of the old ones come back."""
    old, again = rows(20), rows(5, 0, START + 3 * DAY)
    stored = known(old, gone=START + DAY) + known(again, seen=START + 3 * DAY)
    steps = history(progress(20), NONE, progress(5), progress(8), undecided=[3])
    assert restored(steps, stored, again + old[5:8]) == [NOTHING, (3, 30, 0, 0), NOTHING, (3, 30, 0, 0)]


def test_yesterdays_offline_unlock_that_arrives_after_a_reset_is_a_gain() -> None:
    offline = rows(1, 1, START - DAY, first=4)
    steps = history(FULL, NONE, progress(1, 1), undecided=[2])
    stored = known(rows(20, 12), gone=START + DAY)
    assert restored(steps, stored, offline) == [NOTHING] * 3


def test_an_unlock_that_was_listed_before_it_was_counted_is_still_a_gain() -> None:
    """The list showed it after the fall and before the rise: it was not stored before the fall."""
    new = rows(1, 0, START + 1.5 * DAY, first=20)
    stored = known(rows(19, 12), gone=START + DAY) + known(new, seen=START + 1.6 * DAY)
    steps = history(LESS, NONE, FULL, undecided=[2])
    assert restored(steps, stored, rows(19, 12) + new)[2] == (19, 190, 12, 120)


def test_several_undecided_rises_are_filled_oldest_first() -> None:
    answer = rows(19, 12) + rows(1, 0, START + 2 * DAY, first=20)
    steps = history(LESS, NONE, progress(12, 11), FULL, undecided=[2, 3])
    found = restored(steps, known(answer[:19]), answer)
    assert found[2:] == [(12, 120, 11, 110), (7, 70, 1, 10)]


def test_a_softcore_unlock_redone_in_hardcore_after_a_fall_is_a_gain_in_hardcore_alone() -> None:
    soft = rows(3)
    upgraded = Unlock(1, 7, "A", 10, True, START + 2 * DAY)
    steps = history(progress(3, 1), progress(2, 0), progress(3, 1), undecided=[2])
    stored = known([*soft, Unlock(9, 7, "A", 10, True, A_YEAR_AGO)])
    assert restored(steps, stored, [*soft, upgraded])[2] == (1, 10, 0, 0)


# Falls


def test_an_undecided_rise_makes_its_fall_no_loss() -> None:
    steps = settle_falls(history(FULL, NONE, FULL, undecided=[2]))
    assert [step.restored for step in steps] == [NOTHING, ALL, None]


def test_a_rise_makes_up_for_the_newest_fall_first() -> None:
    steps = history(FULL, progress(10, 5), NONE, progress(15, 5))
    steps[3] = replace(steps[3], restored=(15, 150, 5, 50))
    found = [step.restored for step in settle_falls(steps)]
    assert found[1:3] == [(5, 50, 0, 0), (10, 100, 5, 50)]


def test_a_set_that_is_back_makes_up_for_its_removal() -> None:
    empty = progress(0, possible=0)
    found = settle_falls(history(FULL, progress(10, 5), empty, progress(10, 5)))
    assert [step.restored for step in found][1:3] == [NOTHING, (10, 100, 5, 50)]


def test_nothing_is_decided_twice() -> None:
    steps = history(FULL, NONE, FULL)
    assert decide_by_unlocks(steps, [], rows(20)) == steps
    assert decide_by_numbers(steps) == steps


def test_an_undecided_fall_in_the_other_half_stays_as_it_is() -> None:
    steps = history(progress(5, 5), progress(3, 0), progress(2, 2), undecided=[2])
    assert settle_falls(steps)[2].restored is None
