"""Snapshot validation: the verdict about one poll, one row per rule."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer import BUILD_DATE
from syncer.core.formats.timestamps import MILLISECOND
from syncer.core.model.decision import (
    Decision,
    RejectionReason,
    RejectionStreak,
    Snapshot,
    TargetState,
    Verdict,
)
from syncer.core.model.player import Target
from syncer.core.model.progress import Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import Promise, backoff_delay
from syncer.core.sync.validation import PollContext, validate_batch

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTER = Promise(IntervalSchedule(15 * MINUTE))
TWO = Progress(10, 100, 2, 20, 1, 10)
THREE = Progress(10, 100, 3, 30, 1, 10)
NONE = Progress(10, 100, 0, 0, 0, 0)
ZERO = Progress(0, 0, 0, 0, 0, 0)
WRONG = Progress(10, 100, 2, 20, 3, 30)


def state(
    last: Progress | None, *, ago: timedelta = 15 * MINUTE, streak: RejectionStreak | None = None
) -> TargetState:
    seen = NOW - ago
    target = Target(1, None, 900, last_seen_at=seen) if last else Target(1)
    return TargetState(target, Snapshot(7, last, seen) if last else None, streak)


def decide(what: TargetState, seen: Progress | UnparsableEntry | None, at: datetime = NOW) -> Decision:
    answer = ProgressResponse({} if seen is None else {1: seen}, date=at)
    (decision,) = validate_batch([what], answer, PollContext(at, at, QUARTER, 30 * MINUTE)).decisions
    return decision


@pytest.mark.parametrize(
    ("returned", "last", "ago", "verdict", "after_gap"),
    [
        (TWO, None, 15, Verdict.NEW, False),  # first poll
        (TWO, TWO, 15, Verdict.SAME, False),  # nothing happened
        (TWO, TWO, 45, Verdict.SAME, False),  # exactly gap_after late: still promised
        (TWO, TWO, 46, Verdict.RESUMED, True),  # no poll for too long
        (THREE, TWO, 15, Verdict.CHANGED, False),  # an unlock
        (TWO, THREE, 15, Verdict.CHANGED, False),  # taken back: also a change
        (THREE, TWO, 46, Verdict.CHANGED, True),  # some time in the gap
        (NONE, TWO, 15, Verdict.CHANGED, False),  # one game reset, its set intact
        (ZERO, TWO, 15, Verdict.SUSPECT, False),  # six zeros: not found, most often
        (ZERO, None, 15, Verdict.NEW, False),  # unplayed, or no such game
        (ZERO, ZERO, 15, Verdict.SAME, False),  # still so
        (WRONG, TWO, 15, Verdict.SUSPECT, False),  # hardcore is a part of all
        (WRONG, None, 15, Verdict.SUSPECT, False),  # at the first poll, too
        (WRONG, WRONG, 15, Verdict.SAME, False),  # accepted before
        (None, TWO, 15, Verdict.MISSING, False),  # left out is not zero
        (UnparsableEntry("TypeError", "x"), TWO, 15, Verdict.UNPARSABLE, False),
    ],
)
def test_the_verdict_depends_on_the_numbers_and_on_the_time(
    returned: Progress | UnparsableEntry | None,
    last: Progress | None,
    ago: int,
    verdict: Verdict,
    after_gap: bool,
) -> None:
    found = decide(state(last, ago=ago * MINUTE), returned)
    assert (found.verdict, found.after_gap) == (verdict, after_gap)
    assert found.promised_seconds == (900 if verdict.is_accepted else None)
    assert (found.due_at is None) is verdict.is_accepted
    assert found.failures == (1 if verdict in (Verdict.MISSING, Verdict.UNPARSABLE) else 0)


def streak(
    reason: RejectionReason, age: timedelta, polls: int, numbers: str = "[0, 0, 0, 0, 0, 0]"
) -> RejectionStreak:
    return RejectionStreak(3, reason, numbers, NOW - age, NOW - MINUTE, polls)


@pytest.mark.parametrize(
    ("age", "verdict", "continues"),
    [
        (9 * MINUTE, Verdict.SUSPECT, True),  # not yet ten minutes
        (10 * MINUTE, Verdict.CHANGED, False),  # long enough
    ],
)
def test_equal_zeros_are_accepted_after_ten_minutes(
    age: timedelta, verdict: Verdict, continues: bool
) -> None:
    found = decide(state(TWO, streak=streak(RejectionReason.SUSPECT_ZERO, age, 1)), ZERO)
    assert found.verdict is verdict
    assert found.confirms == (None if continues else 3)
    assert (found.rejection.streak if found.rejection else None) == (3 if continues else None)


def test_another_reason_starts_another_streak() -> None:
    found = decide(state(TWO, streak=streak(RejectionReason.SUSPECT_ZERO, 20 * MINUTE, 2)), WRONG)
    assert found.rejection is not None
    assert (found.verdict, found.rejection.streak) == (Verdict.SUSPECT, None)


def test_a_suspect_target_is_polled_soon_and_by_the_backoff_after_six_hours() -> None:
    assert decide(state(TWO), ZERO).due_at == NOW + 10 * MINUTE
    old = streak(RejectionReason.UNSETTLED, timedelta(hours=7), 1, "[10, 100, 2, 20, 3, 30]")
    found = decide(state(TWO, streak=old), WRONG)
    assert (found.verdict, found.failures, found.due_at) == (Verdict.SUSPECT, 1, NOW + 30 * MINUTE)


@pytest.mark.parametrize(
    ("fell", "kept", "suspect"),
    [(3, 0, True), (3, 3, True), (3, 4, False), (2, 0, False)],  # three games, and half of those that had any
)
def test_a_mass_drop_needs_three_games_and_half_of_those_with_unlocks(
    fell: int, kept: int, suspect: bool
) -> None:
    games = range(1, fell + kept + 1)
    before = NOW - 15 * MINUTE
    all_of = [TargetState(Target(g, None, 900), Snapshot(g, TWO, before), None) for g in games]
    answer = ProgressResponse({g: NONE if g <= fell else TWO for g in games})
    decisions = validate_batch(all_of, answer, PollContext(NOW, NOW, QUARTER, 30 * MINUTE)).decisions
    wanted = [Verdict.SUSPECT if suspect else Verdict.CHANGED] * fell + [Verdict.SAME] * kept
    assert [d.verdict for d in decisions] == wanted


def test_a_first_poll_before_this_version_was_built_is_rejected() -> None:
    at = BUILD_DATE - timedelta(milliseconds=1)
    decision = validate_batch(
        [state(None)], ProgressResponse({1: TWO}), PollContext(at, at, QUARTER, 30 * MINUTE)
    )
    assert decision.refused is not None
    assert decision.refused.reason is RejectionReason.CLOCK
    assert decision.decisions == ()


def test_a_poll_stamped_after_rows_of_the_future_is_due_by_the_present() -> None:
    ahead = state(TWO, ago=-60 * MINUTE)
    proven = PollContext(NOW, NOW, QUARTER, 30 * MINUTE, is_proven=True)
    (found,) = validate_batch([ahead], ProgressResponse({1: TWO}), proven).decisions
    assert (found.at, found.due_at) == (NOW + 60 * MINUTE + MILLISECOND, NOW + 15 * MINUTE)


def test_the_backoff_of_a_target_doubles_up_to_six_hours() -> None:
    waits = [backoff_delay(15 * MINUTE, failures) / MINUTE for failures in (1, 2, 3, 4, 5, 40)]
    assert waits == [30, 60, 120, 240, 360, 360]
