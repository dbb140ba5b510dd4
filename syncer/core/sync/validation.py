"""Validate what a poll returned: accept it or reject it, and decide when to poll again. Pure.

Snapshot validation: an answer of status 200 can hold numbers that are not the player's progress. Six zeros
also mean that the site did not find the game (site-api.md 5.1), the hardcore count exceeds the total while
an unlock is processed (section 6), and a fault of the site can set many games to zero at once. Stored as
they are, they would appear as a reset and, one poll later, as new unlocks. So numbers that differ from the
open snapshot are checked by three rules (`suspicion_reason`):

- suspect_zero: all six numbers are zero, but the game had achievements before;
- mass_drop: three games or more, and half of those with achievements, fall to none in one answer;
- hardcore_above_all: more hardcore achievements or points than achievements or points in all.

A suspect poll is not stored as a snapshot but kept in `rejections`, and its target is polled again soon. As
in debouncing, equal polls that repeat for long enough and often enough (CONFIRMATION_RULES) are accepted,
from the poll on that confirms them; any other accepted numbers end the streak. A first poll is accepted at
once unless its hardcore count is impossible: there is nothing to compare it with.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.model.decision import (
    BatchDecision,
    Decision,
    Rejection,
    RejectionReason,
    RejectionStreak,
    TargetState,
    Verdict,
)
from syncer.core.model.progress import Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.schedule import Schedule

from .batching import MAX_BACKOFF

ONE_MS = timedelta(milliseconds=1)
MAX_CLOCK_OFFSET = timedelta(minutes=10)
MAX_UNPROVEN_OFFSET = timedelta(days=1)
RECHECK_AFTER = timedelta(minutes=10)
RECHECK_BACKOFF_AFTER = timedelta(hours=6)  # after this, a suspect target is polled by the back-off
CONFIRMATION_RULES = {  # how long a streak must last, and how many polls it needs, to be accepted
    RejectionReason.SUSPECT_ZERO: (timedelta(minutes=10), 2),
    RejectionReason.HARDCORE_ABOVE_ALL: (timedelta(minutes=10), 2),
    RejectionReason.MASS_DROP: (timedelta(hours=6), 3),
}
MASS_DROP_GAMES = 3  # fewer games that fall to none are resets by the player


@dataclass(frozen=True, slots=True)
class PollContext:
    """When a poll was made (UTC; the answer read to the end), in a run that started at `started_at`."""

    at: datetime
    started_at: datetime
    schedule: Schedule
    gap_after: timedelta

    @property
    def next_poll_at(self) -> datetime:
        """When the next poll is promised; a promise that a long run has overtaken moves on."""
        # From the start of the run: else each run would begin later than the one before, by its own length.
        promised = self.schedule.next(self.started_at)
        return promised if promised > self.at else self.schedule.next(self.at)


def validate_batch(
    states: Sequence[TargetState], response: ProgressResponse, context: PollContext
) -> BatchDecision:
    """Return one decision per target of the batch; none when our clock cannot be right."""
    if clock_is_wrong(states, response, context):
        rejection = Rejection(RejectionReason.CLOCK, _clock_evidence(response))
        return BatchDecision(context.at, refused=rejection)
    # One game that falls to none is a reset; only the whole answer shows that the site is at fault.
    dropped = is_mass_drop(states, response)
    return BatchDecision(
        context.at, tuple(validate_entry(state, response, context, dropped) for state in states)
    )


def fail_batch(states: Sequence[TargetState], context: PollContext) -> BatchDecision:
    """Return one failure per target: the batch itself could not be fetched."""
    return BatchDecision(context.at, tuple(_miss(state, context, Verdict.FAILED) for state in states))


def clock_is_wrong(states: Sequence[TargetState], response: ProgressResponse, context: PollContext) -> bool:
    """Return whether our clock is behind what is stored, or far ahead of it while the site disagrees.

    A row stamped in the future could never be extended again, and one stamped in the past would overlap
    the row before it.
    """
    if any(s.open and context.at < s.open.last_seen_at - CLOCK_TOLERANCE for s in states):
        return True
    offset = abs(response.date - context.at) if response.date else timedelta(0)
    if offset <= MAX_CLOCK_OFFSET:
        return False
    # A first poll has no promise to compare with: then only a day of disagreement counts.
    return any(
        context.at > s.target.expected_at + MAX_UNPROVEN_OFFSET
        if s.target.expected_at
        else offset > MAX_UNPROVEN_OFFSET
        for s in states
    )


def is_mass_drop(states: Sequence[TargetState], response: ProgressResponse) -> bool:
    """Return whether three games or more, and half of those with achievements, fall to none at once."""
    fell = [
        returned.num_achieved == 0
        for state in states
        if state.open and state.open.progress.num_achieved > 0
        if isinstance(returned := response.games.get(state.target.game_id), Progress)
    ]
    return sum(fell) >= MASS_DROP_GAMES and sum(fell) * 2 >= len(fell)


def is_suspect_zero(returned: Progress, last: Progress | None) -> bool:
    """Return whether all six numbers are zero where a set stood before (site-api.md 13, 1 and 3)."""
    return not any(returned.as_tuple()) and last is not None and last.num_possible_achievements > 0


def suspicion_reason(returned: Progress, last: Progress | None, dropped: bool) -> RejectionReason | None:
    """Return why numbers that differ from the last ones are suspect; None: they are not."""
    if dropped:
        return RejectionReason.MASS_DROP
    if is_suspect_zero(returned, last):
        return RejectionReason.SUSPECT_ZERO
    if (
        returned.num_achieved_hardcore > returned.num_achieved
        or returned.score_achieved_hardcore > returned.score_achieved
    ):
        return RejectionReason.HARDCORE_ABOVE_ALL
    return None


def validate_entry(
    state: TargetState, response: ProgressResponse, context: PollContext, dropped: bool
) -> Decision:
    """Return the decision about one target. `dropped`: the response is a mass drop."""
    returned = response.games.get(state.target.game_id)
    if returned is None:
        return _miss(state, context, Verdict.MISSING, RejectionReason.MISSING)
    if isinstance(returned, UnparsableEntry):
        return _miss(state, context, Verdict.UNPARSABLE, RejectionReason.UNPARSABLE, returned.raw)
    last = state.open.progress if state.open else None
    if returned == last:
        return _accept(state, context, returned)
    reason = suspicion_reason(returned, last, dropped)
    if reason is None:
        return _accept(state, context, returned)
    return _reject(state, context, returned, reason)


def _accept(
    state: TargetState, context: PollContext, returned: Progress, confirmed: RejectionStreak | None = None
) -> Decision:
    target, last = state.target, state.open
    late = target.expected_at is not None and context.at > target.expected_at + context.gap_after
    if last is None:
        verdict = Verdict.NEW
    elif returned != last.progress:
        verdict = Verdict.CHANGED
    else:
        verdict = Verdict.RESUMED if late else Verdict.SAME
    return Decision(
        target.game_id,
        verdict,
        poll_time(state, context.at),
        due_at=context.next_poll_at,
        failures=0,
        expected_at=context.next_poll_at,
        progress=returned,
        after_gap=late and verdict is not Verdict.NEW,
        confirms=confirmed.id if confirmed else None,
        ends=state.streak.id if state.streak and not confirmed else None,
    )


def poll_time(state: TargetState, at: datetime) -> datetime:
    """Return a moment later than the last poll, though time sync may have set the clock back a little."""
    return max(at, state.open.last_seen_at + ONE_MS) if state.open else at


def _reject(
    state: TargetState, context: PollContext, returned: Progress, reason: RejectionReason
) -> Decision:
    """Return a suspect poll's decision; accept it if it confirms the streak that it continues."""
    raw = json.dumps(returned.as_tuple())
    streak = _continued_streak(state, reason, raw)
    if streak and is_confirmed(streak, context.at):
        return _accept(state, context, returned, confirmed=streak)
    if streak and context.at - streak.first_seen_at > RECHECK_BACKOFF_AFTER:
        return _miss(state, context, Verdict.SUSPECT, reason, raw)
    due_at = context.at + min(RECHECK_AFTER, context.schedule.interval)
    rejection = Rejection(reason, raw, streak.id if streak else None)
    target = state.target
    return Decision(target.game_id, Verdict.SUSPECT, context.at, due_at, target.failures, rejection=rejection)


def is_confirmed(streak: RejectionStreak, at: datetime) -> bool:
    """Return whether one more equal poll at `at` makes the streak long enough to be accepted."""
    min_length, min_polls = CONFIRMATION_RULES[streak.reason]
    return at - streak.first_seen_at >= min_length and streak.poll_count + 1 >= min_polls


def _continued_streak(state: TargetState, reason: RejectionReason, raw: str) -> RejectionStreak | None:
    """Return the open streak, if a poll of this reason and content continues it."""
    streak = state.streak
    return streak if streak and (streak.reason, streak.raw) == (reason, raw) else None


def _miss(
    state: TargetState,
    context: PollContext,
    verdict: Verdict,
    reason: RejectionReason | None = None,
    raw: str = "",
) -> Decision:
    """Return a failure: the target is polled again after a back-off, and its promise stays."""
    failures = state.target.failures + 1
    streak = _continued_streak(state, reason, raw) if reason else None
    return Decision(
        state.target.game_id,
        verdict,
        context.at,
        due_at=context.at + backoff_delay(context.schedule.interval, failures),
        failures=failures,
        rejection=Rejection(reason, raw, streak.id if streak else None) if reason else None,
    )


def backoff_delay(interval: timedelta, failures: int) -> timedelta:
    """Return interval · 2^failures, six hours at most."""
    return min(interval * (1 << min(failures, 16)), MAX_BACKOFF)


def _clock_evidence(response: ProgressResponse) -> str:
    """Describe a clock fault without a moment, so that equal faults make one streak."""
    evidence = "games not recorded: our clock disagrees with what is stored or with the site"
    return f"{len(response.games)} {evidence}"
