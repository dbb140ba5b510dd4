"""Runs while the machine's clock, or the site's, is wrong."""

from datetime import timedelta

import pytest

from syncer import BUILD_DATE
from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.run import RunOutcome
from syncer.core.ratelimit import budget as budget_rules
from tests.fakes import ULID

from .harness import GOOD, HOUR, MINUTE, ZERO, MemoryHarness


@pytest.mark.parametrize("back", [timedelta(seconds=1), 2 * MINUTE])
def test_a_clock_set_back_a_little_stamps_the_poll_just_after_the_last(
    home: MemoryHarness, back: timedelta
) -> None:
    last = home.clock.now()
    home.clock.moment -= back
    assert home.poll().outcome is RunOutcome.OK
    assert home.store.snapshots_of[1][-1].last_seen_at == last + timedelta(milliseconds=1)


def test_a_clock_set_back_further_records_nothing_until_it_is_right(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.source.date = lambda: None
    home.source.budget.stored[0] = (
        budget_rules.RequestBudget()
    )  # or the gate would wait for the slots booked before
    home.clock.moment -= 2 * MINUTE + timedelta(milliseconds=1)
    report = home.poll()
    assert (report.outcome, report.exit_code, report.targets_asked) == (RunOutcome.FAILED, 69, 0)
    assert "clock" in report.hint
    assert [r.reason for r in home.store.refused] == [RejectionReason.CLOCK]
    assert (home.store.targets, home.progress_of()) == (before, [GOOD])
    assert home.poll(10 * MINUTE).outcome is RunOutcome.OK


def test_with_a_date_header_polls_follow_rows_that_a_fast_clock_has_stamped(home: MemoryHarness) -> None:
    last = home.clock.now()
    home.clock.moment -= HOUR
    for number in (1, 2):
        report = home.poll()
        assert (report.outcome, report.verdicts) == (RunOutcome.OK, {Verdict.SAME: 4})
        assert report.error == (
            f"a fast clock has stamped polls up to {last:%Y-%m-%d %H:%M} UTC; "
            "until then new ones follow them closely"
        )
        newest = home.store.snapshots_of[1][-1].last_seen_at
        assert newest == last + number * timedelta(milliseconds=1)
    assert home.poll(2 * HOUR).error == ""
    assert home.store.snapshots_of[1][-1].last_seen_at == home.clock.now()


def test_a_clock_ten_years_ahead_records_the_sites_time(home: MemoryHarness) -> None:
    years = timedelta(days=3652)
    home.clock.moment += years
    home.source.date = lambda: home.clock.now() - years
    report = home.poll(15 * MINUTE)
    assert (report.verdicts, report.hint) == (
        {Verdict.SAME: 4},
        "Set the machine's clock: timedatectl set-ntp true",
    )
    assert report.error == "the machine's clock is 3,652 days fast; the site's time is recorded"
    assert home.warnings() == [report.error]
    assert home.store.snapshots_of[1][-1].last_seen_at == home.clock.now() - years
    assert {t.expected_at for t in home.store.targets.values()} == {home.clock.now() - years + 15 * MINUTE}


def test_a_clock_before_this_version_was_built_records_nothing(home: MemoryHarness) -> None:
    home.source.date = lambda: None
    home.source.budget.stored[0] = budget_rules.RequestBudget()
    home.clock.moment = BUILD_DATE - timedelta(days=20000)
    assert home.poll().outcome is RunOutcome.FAILED
    assert [r.reason for r in home.store.refused] == [RejectionReason.CLOCK]


def test_a_step_while_running_is_named_and_the_time_before_it_goes_on(home: MemoryHarness) -> None:
    home.source.date = lambda: None
    syncer = home.syncer
    syncer.run_once("test")
    home.clock.moment += 13 * HOUR
    home.clock.pass_by(900)
    report = syncer.run_once("test")
    assert report is not None
    assert report.verdicts == {Verdict.SAME: 4}
    assert report.error == "the machine's clock is 13 h fast; the time before its step goes on"


def test_a_step_of_the_clock_makes_a_run_that_asks_the_site_for_the_time(home: MemoryHarness) -> None:
    syncer = home.syncer
    assert syncer.run_once("test", only_due=True) is None
    syncer.check_clock = True
    home.source.names.clear()
    assert syncer.run_once("test", only_due=True) is not None
    assert (home.source.names, home.source.asked[1:]) == ([ULID], [])
    assert syncer.run_once("test", only_due=True) is None


def test_a_streak_that_a_fast_clock_has_begun_is_begun_again(home: MemoryHarness) -> None:
    home.clock.moment += HOUR
    home.source.games[1] = ZERO
    home.poll()
    home.clock.moment -= HOUR
    assert home.verdict_of(ZERO, MINUTE) is Verdict.SUSPECT
    assert home.verdict_of(ZERO, 10 * MINUTE) is Verdict.CHANGED
    assert home.progress_of() == [GOOD, ZERO]


@pytest.mark.parametrize("date", ["agrees", "absent"])
def test_years_later_without_a_disagreeing_site_is_a_gap(home: MemoryHarness, date: str) -> None:
    if date == "absent":
        home.source.date = lambda: None
    assert home.poll(timedelta(days=3652)).verdicts == {Verdict.RESUMED: 4}


def test_a_player_is_bound_by_the_sites_time() -> None:
    home = MemoryHarness()
    home.source.date = lambda: home.clock.now() + timedelta(days=2)
    assert home.poll().outcome is RunOutcome.OK
    assert home.store.player is not None
    assert home.store.player.profile_checked_at == home.clock.now() + timedelta(days=2)
