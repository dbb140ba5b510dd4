"""Runs while the machine's clock, or the site's, is wrong."""

from datetime import timedelta

import pytest

from syncer.core.events import WarningRaised
from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.player import Profile
from syncer.core.model.run import RunOutcome
from syncer.core.ratelimit import budget as budget_rules
from tests.fakes import ULID

from .harness import GOOD, HOUR, MINUTE, MemoryHarness


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


def test_a_clock_that_the_site_confirms_gives_no_advice_to_set_it(home: MemoryHarness) -> None:
    home.clock.moment -= HOUR
    assert home.poll().hint == "Polls are recorded again once the clock has passed the newest stored poll."


def test_a_clock_ten_years_ahead_is_rejected_and_blocks_no_later_poll(home: MemoryHarness) -> None:
    years = timedelta(days=3652)
    home.source.date = lambda: home.clock.now() - years
    home.clock.moment += years
    assert home.store.player is not None
    home.store.save_profile(home.store.player, Profile(ULID, "Tester"), home.clock.now())  # no profile today
    assert home.poll().outcome is RunOutcome.FAILED
    assert [r.reason for r in home.store.refused] == [RejectionReason.CLOCK]
    home.clock.moment -= years
    home.source.date = home.clock.now
    home.clock.pass_by(900)
    assert home.sync(only_due=True) is not None
    assert (home.progress_of(), home.store.snapshots_of[1][-1].last_seen_at) == ([GOOD], home.clock.now())


@pytest.mark.parametrize("date", ["agrees", "absent"])
def test_years_later_without_a_disagreeing_site_is_a_gap(home: MemoryHarness, date: str) -> None:
    if date == "absent":
        home.source.date = lambda: None
    assert home.poll(timedelta(days=3652)).verdicts == {Verdict.RESUMED: 4}


def test_a_profile_from_another_day_binds_no_player() -> None:
    home = MemoryHarness()
    home.source.date = lambda: home.clock.now() + timedelta(days=2)
    report = home.poll()
    assert (report.outcome, report.hint) == (RunOutcome.FAILED, "Set the machine's clock.")
    assert (home.store.player, home.source.asked) == (None, [])


def test_a_wrong_date_of_the_site_stops_no_polls(home: MemoryHarness) -> None:
    home.source.date = lambda: home.clock.now() + timedelta(days=2)
    home.check_profile = True
    report = home.poll(15 * MINUTE)
    assert report.outcome is RunOutcome.OK
    assert any("clock" in e.what for e in home.events if isinstance(e, WarningRaised))
