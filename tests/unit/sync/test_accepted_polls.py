"""Which polls a run accepts, over several runs: suspect numbers must last."""

from syncer.core.model.decision import Verdict
from syncer.core.model.progress import UnparsableEntry
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import IntervalSchedule
from tests.fakes import START

from .harness import GOOD, MINUTE, ZERO, MemoryHarness


def test_one_wrong_entry_does_not_affect_the_other_games(home: MemoryHarness) -> None:
    home.source.games[2] = UnparsableEntry("TypeError", '"many"')
    del home.source.games[3]
    home.source.games[4] = ZERO
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert report.verdicts == {
        Verdict.SAME: 1, Verdict.UNPARSABLE: 1, Verdict.MISSING: 1, Verdict.SUSPECT: 1,
    }  # fmt: skip
    assert home.failures() == {1: 0, 2: 1, 3: 1, 4: 0}
    assert home.store.targets[2].expected_at == START + 15 * MINUTE  # a miss moves no promise


def test_zeros_with_a_good_poll_between_confirm_nothing(home: MemoryHarness) -> None:
    polls = [(ZERO, 5 * MINUTE), (GOOD, 6 * MINUTE), (ZERO, 6 * MINUTE)]
    verdicts = [home.verdict_of(progress, after) for progress, after in polls]
    assert verdicts == [Verdict.SUSPECT, Verdict.SAME, Verdict.SUSPECT]
    assert home.progress_of() == [GOOD]


def test_zeros_that_last_ten_minutes_are_stored_from_the_confirming_poll_on(home: MemoryHarness) -> None:
    assert home.verdict_of(ZERO) is Verdict.SUSPECT
    assert home.verdict_of(ZERO, 9 * MINUTE) is Verdict.SUSPECT
    assert home.verdict_of(ZERO, MINUTE) is Verdict.CHANGED
    assert home.progress_of() == [GOOD, ZERO]
    assert home.store.snapshots_of[1][-1].last_seen_at == home.clock.now()
    assert home.verdict_of(ZERO) is Verdict.SAME


def test_zeros_at_the_first_poll_are_accepted_and_real_numbers_are_a_change() -> None:
    home = MemoryHarness()
    assert home.verdict_of(ZERO) is Verdict.NEW
    assert home.verdict_of(GOOD) is Verdict.CHANGED


def test_a_suspect_target_is_polled_again_within_the_interval(home: MemoryHarness) -> None:
    home.schedule = IntervalSchedule(5 * MINUTE)
    home.verdict_of(ZERO)
    assert home.store.targets[1].due_at == home.clock.now() + 5 * MINUTE


def test_a_late_poll_with_equal_numbers_is_resumed(home: MemoryHarness) -> None:
    assert home.verdict_of(GOOD, 46 * MINUTE) is Verdict.RESUMED
    assert home.progress_of() == [GOOD, GOOD]
