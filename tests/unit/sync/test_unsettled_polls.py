"""An unlock that is being written: its count moves before its score, and no such poll is stored at once."""

from datetime import timedelta
from itertools import pairwise

import pytest

from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.progress import Progress
from syncer.core.model.schedule import IntervalSchedule

from .harness import GOOD, MINUTE, MORE, RESET, WRONG, MemoryHarness

COUNTED = Progress(10, 100, 3, 20, 1, 10)  # one more in all, its points not added yet
MORE_COUNTED = Progress(10, 100, 4, 20, 1, 10)
HARDCORE = Progress(10, 100, 2, 20, 2, 10)  # one more in hardcore alone
ABOVE = Progress(10, 100, 2, 20, 3, 10)  # more in hardcore than in all, and no hardcore point for it


def polled_at(home: MemoryHarness, numbers: Progress, minutes: list[int]) -> list[Verdict]:
    """Return the verdicts of polls that many minutes after the first one."""
    steps = pairwise([0, *minutes])
    steps = pairwise([0, *minutes])
    return [home.verdict_of(numbers, (at - before) * MINUTE) for before, at in steps]


@pytest.mark.parametrize("numbers", [COUNTED, HARDCORE, Progress(10, 100, 1, 20, 1, 10), ABOVE, WRONG])
def test_a_count_without_its_score_and_hardcore_above_all_are_unsettled(
    home: MemoryHarness, numbers: Progress
) -> None:
    assert home.verdict_of(numbers) is Verdict.SUSPECT
    assert home.store.streaks[1].reason is RejectionReason.UNSETTLED
    assert home.progress_of() == [GOOD]


@pytest.mark.parametrize(
    "numbers", [MORE, RESET, Progress(10, 120, 2, 25, 1, 15), Progress(11, 110, 2, 20, 1, 10)]
)
def test_a_count_that_moves_with_its_score_is_accepted_at_once(
    home: MemoryHarness, numbers: Progress
) -> None:
    assert home.verdict_of(numbers) is Verdict.CHANGED


def test_unsettled_numbers_are_polled_again_after_one_three_and_ten_minutes(home: MemoryHarness) -> None:
    home.poll(15 * MINUTE)
    waits = list[timedelta]()
    for after in (15, 1, 2, 7):
        home.verdict_of(ABOVE, after * MINUTE)
        due_at = home.store.targets[1].due_at
        assert due_at is not None
        waits.append(due_at - home.clock.now())
    assert waits == [MINUTE, 2 * MINUTE, 7 * MINUTE, 10 * MINUTE]


def test_a_short_interval_polls_unsettled_numbers_sooner(home: MemoryHarness) -> None:
    home.schedule = IntervalSchedule(timedelta(seconds=45))
    home.verdict_of(COUNTED)
    assert home.store.targets[1].due_at == home.clock.now() + timedelta(seconds=45)


def test_settled_numbers_are_stored_as_one_change(home: MemoryHarness) -> None:
    assert home.verdict_of(COUNTED) is Verdict.SUSPECT
    assert home.verdict_of(MORE, MINUTE) is Verdict.CHANGED
    assert home.progress_of() == [GOOD, MORE]


def test_a_count_whose_score_stays_is_accepted_after_ten_minutes(home: MemoryHarness) -> None:
    assert polled_at(home, COUNTED, [0, 1, 3, 9]) == [Verdict.SUSPECT] * 4
    assert home.verdict_of(COUNTED, MINUTE) is Verdict.CHANGED
    assert home.progress_of() == [GOOD, COUNTED]


def test_unsettled_polls_need_not_be_equal_and_the_newest_numbers_are_stored(home: MemoryHarness) -> None:
    home.verdict_of(COUNTED)
    assert home.verdict_of(MORE_COUNTED, 9 * MINUTE) is Verdict.SUSPECT
    assert home.store.streaks[1].poll_count == 2
    assert home.store.streaks[1].raw == "[10, 100, 4, 20, 1, 10]"
    assert home.verdict_of(COUNTED, MINUTE) is Verdict.CHANGED
    assert home.progress_of() == [GOOD, COUNTED]


@pytest.mark.parametrize(
    ("last_two", "verdict"),
    [
        ((COUNTED, COUNTED), Verdict.CHANGED),
        ((ABOVE, COUNTED), Verdict.SUSPECT),
        ((COUNTED, ABOVE), Verdict.SUSPECT),
    ],
)
def test_none_of_the_last_two_polls_may_have_hardcore_above_all(
    home: MemoryHarness, last_two: tuple[Progress, Progress], verdict: Verdict
) -> None:
    home.verdict_of(ABOVE)
    home.verdict_of(last_two[0], 3 * MINUTE)
    assert home.verdict_of(last_two[1], 7 * MINUTE) is verdict


def test_a_poll_whose_score_moved_starts_the_ten_minutes_again(home: MemoryHarness) -> None:
    home.verdict_of(COUNTED)
    home.verdict_of(WRONG, 5 * MINUTE)
    assert home.verdict_of(COUNTED, 5 * MINUTE) is Verdict.SUSPECT
    assert home.verdict_of(COUNTED, 9 * MINUTE) is Verdict.SUSPECT
    assert home.verdict_of(COUNTED, MINUTE) is Verdict.CHANGED


def test_hardcore_above_all_is_never_accepted_however_long_it_lasts(home: MemoryHarness) -> None:
    assert polled_at(home, WRONG, [0, 1, 3, 10, 60, 600, 6000]) == [Verdict.SUSPECT] * 7
    assert home.verdict_of(GOOD) is Verdict.RESUMED


def test_a_first_poll_is_unsettled_only_with_hardcore_above_all() -> None:
    assert MemoryHarness().verdict_of(COUNTED) is Verdict.NEW
    home = MemoryHarness()
    assert home.verdict_of(WRONG) is Verdict.SUSPECT
    assert home.verdict_of(GOOD, MINUTE) is Verdict.NEW
