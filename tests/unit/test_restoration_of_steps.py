"""What comes back after a fall in several steps, of which the unlocks were not read before the first one."""

from tests.unit.test_restoration import (
    ALL,
    DAY,
    NONE,
    START,
    history,
    known,
    progress,
    restored,
    rows,
)

FULL, HALF, PART = progress(20, 12), progress(10, 2), progress(5, 0)


def test_a_fall_in_two_steps_came_back_whole_though_no_unlock_was_read_before() -> None:
    steps = history(FULL, HALF, NONE, FULL, undecided=[3])
    assert restored(steps, [], rows(20, 12))[3] == ALL


def test_a_fall_in_two_steps_came_back_whole_though_only_the_rest_was_read_in_between() -> None:
    steps = history(FULL, HALF, NONE, FULL, undecided=[3])
    rest = known(rows(10, 2, first=11), seen=START + 1.5 * DAY)
    answer = [*rows(10, 10), *rows(10, 2, first=11)]
    assert restored(steps, rest, answer)[3] == ALL


def test_a_second_fall_before_all_came_back_leaves_the_first_one_open() -> None:
    steps = history(FULL, NONE, HALF, PART, FULL, undecided=[4])
    back = known(rows(10, 2, first=11), seen=START + 2.5 * DAY)
    answer = [*rows(10, 10), *rows(10, 2, first=11)]
    assert restored(steps, back, answer)[4] == (15, 150, 12, 120)


def test_an_older_date_beyond_the_number_that_the_first_fall_showed_is_a_gain() -> None:
    steps = history(HALF, PART, NONE, progress(12, 2), undecided=[3])
    assert restored(steps, [], rows(12, 2))[3] == (10, 100, 2, 20)


def test_a_first_fall_that_was_made_up_for_leaves_no_unread_unlock() -> None:
    steps = history(HALF, PART, HALF, NONE, HALF, undecided=[4])
    held = known(rows(10, 2), seen=START + 2.5 * DAY)
    late = [*rows(5, 2), *rows(5, 0, at=START - DAY, first=50)]
    assert restored(steps, held, late)[4] == (5, 50, 2, 20)
