"""Validate what a poll returned: accept it or reject it, and decide when to poll again. Pure.

Snapshot validation: numbers that differ from the open snapshot are checked by the rules of suspicion.py. A
suspect poll is not stored as a snapshot but kept in `rejections`, and its target is polled again soon. As in
debouncing, a streak of such polls that lasts for long enough is accepted, from the poll on that confirms it;
any other accepted numbers end the streak. A first poll is accepted at once unless its hardcore count is
impossible: there is nothing to compare it with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer import BUILD_DATE
from syncer.core.clock import CLOCK_TOLERANCE, MAX_STEP_BACK
from syncer.core.formats.timestamps import MILLISECOND
from syncer.core.model.account import AccountPromise
from syncer.core.model.decision import (
    BatchDecision,
    Decision,
    Rejection,
    RejectionReason,
    RejectionStreak,
    TargetState,
    Verdict,
)
from syncer.core.model.mass_drop import AccountSums, DropUpdate, MassDrop
from syncer.core.model.progress import Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.schedule import Schedule
from syncer.core.polling.promise import Promise, account_seconds, backoff_delay

from .mass_drop import RECHECK_EVERY, fell_to_none, follow_drop, is_released, is_waiting
from .suspicion import continues, evidence, is_confirmed, recheck_at, suspicion_reason


@dataclass(frozen=True, slots=True)
class PollContext:
    """When a poll was made (UTC; the answer read to the end), in a run that started at `started_at`.

    `sums`: the account's points as they were received in this run; None: they were not requested.
    `reads_unlocks`: the unlocks of this player are read, too. `is_proven`: the site has said what time it is.
    """

    at: datetime
    started_at: datetime
    promise: Promise
    gap_after: timedelta
    sums: AccountSums | None = None
    reads_unlocks: bool = False
    is_proven: bool = False

    @property
    def schedule(self) -> Schedule:
        return self.promise.schedule

    @property
    def account(self) -> AccountPromise:
        """What an accepted answer promises of the account."""
        return AccountPromise(account_seconds(self.schedule, self.at), self.gap_after)


def validate_batch(
    states: Sequence[TargetState],
    response: ProgressResponse,
    context: PollContext,
    drop: MassDrop | None = None,
) -> BatchDecision:
    """Return one decision per target of the batch; none when our clock cannot be right.

    `drop`: the player's newest mass drop.
    """
    if clock_is_wrong(states, context):
        rejection = Rejection(RejectionReason.CLOCK, _clock_evidence(response))
        return BatchDecision(context.at, refused=rejection, started_at=context.started_at)
    update = follow_drop(states, response, drop, context.at, context.sums)
    decisions = tuple(validate_entry(state, response, context, drop, update) for state in states)
    return BatchDecision(
        context.at,
        decisions,
        states,
        drop=update,
        reads_unlocks=context.reads_unlocks,
        started_at=context.started_at,
        ahead_until=_ahead_until(states, context.at),
        account=context.account,
    )


def fail_batch(
    states: Sequence[TargetState], context: PollContext, *, backs_off: bool = True
) -> BatchDecision:
    """Return one failure per target: the batch itself could not be fetched.

    `backs_off` False: some of them is at fault, and the others must not wait for it.
    """
    failed = tuple(_miss(state, context, Verdict.FAILED) for state in states)
    if not backs_off:
        next_run = context.at + context.schedule.interval
        failed = tuple(replace(decision, due_at=next_run) for decision in failed)
    return BatchDecision(context.at, failed, states, started_at=context.started_at)


def clock_is_wrong(states: Sequence[TargetState], context: PollContext) -> bool:
    """Return whether our clock is behind what is stored, and the site has not said what time it is.

    Snapshots of a target must not overlap. If the site has said it, the stored rows are ahead, by a clock
    that was fast: the poll is stamped just after them.
    """
    newest = context.at + CLOCK_TOLERANCE
    is_behind = context.at < BUILD_DATE or any(s.open and s.open.last_seen_at > newest for s in states)
    return is_behind and not context.is_proven


def _ahead_until(states: Sequence[TargetState], at: datetime) -> datetime | None:
    moments = (s.open.last_seen_at for s in states if s.open)
    return max((moment for moment in moments if moment > at + MAX_STEP_BACK), default=None)


def validate_entry(
    state: TargetState,
    response: ProgressResponse,
    context: PollContext,
    drop: MassDrop | None = None,
    update: DropUpdate | None = None,
) -> Decision:
    """Return the decision about one target. `update`: what the response says about a mass drop."""
    returned = response.games.get(state.target.game_id)
    if returned is None:
        return _miss(state, context, Verdict.MISSING, RejectionReason.MISSING)
    if isinstance(returned, UnparsableEntry):
        return _miss(state, context, Verdict.UNPARSABLE, RejectionReason.UNPARSABLE, returned.raw)
    last = state.open.progress if state.open else None
    if returned == last:
        return _accept(state, context, returned)
    if fell_to_none(state, returned) and (found := _validate_fallen(state, context, returned, drop, update)):
        return found
    reason = suspicion_reason(returned, last)
    if reason is None:
        return _accept(state, context, returned)
    return _reject(state, context, returned, reason)


def _validate_fallen(
    state: TargetState,
    context: PollContext,
    returned: Progress,
    drop: MassDrop | None,
    update: DropUpdate | None,
) -> Decision | None:
    """Return the decision about a game that fell to none in a mass drop; None: it fell in no such drop."""
    if is_released(state.streak, drop) or (update and update.confirmed and is_waiting(state.streak, drop)):
        return _accept(state, context, returned, confirmed=state.streak)
    if update.ended if update else not (drop and drop.stands):
        return None
    streak = state.streak if is_waiting(state.streak, drop) else None
    due_at = update.next_poll_at if update else context.at + RECHECK_EVERY
    return _suspect(state, context, due_at, RejectionReason.MASS_DROP, evidence(returned), streak)


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
    at, promised = poll_time(state, context.at), context.promise.seconds_after(context.at)
    # A poll that is stamped in the future says nothing about when the next one is due.
    is_ahead = at > context.at + MILLISECOND
    return Decision(
        target.game_id,
        verdict,
        at,
        due_at=context.at + timedelta(seconds=promised) if is_ahead else None,
        failures=0,
        promised_seconds=promised,
        progress=returned,
        after_gap=late and verdict is not Verdict.NEW,
        confirms=confirmed.id if confirmed else None,
        ends=state.streak.id if state.streak and not confirmed else None,
    )


def poll_time(state: TargetState, at: datetime) -> datetime:
    """Return a moment later than the last poll, which a fast clock may have stamped in the future."""
    return max(at, state.open.last_seen_at + MILLISECOND) if state.open else at


def _reject(
    state: TargetState, context: PollContext, returned: Progress, reason: RejectionReason
) -> Decision:
    """Return a suspect poll's decision; accept it if it confirms the streak that it continues."""
    last, raw = state.open.progress if state.open else None, evidence(returned)
    if state.streak and state.streak.first_seen_at > context.at + MAX_STEP_BACK:
        # A streak that a fast clock has begun could be confirmed only when its time has come.
        begun = _reject(replace(state, streak=None), context, returned, reason)
        return replace(begun, ends=state.streak.id)
    streak = state.streak if continues(state.streak, reason, returned, last) else None
    if streak and is_confirmed(streak, returned, last, context.at):
        return _accept(state, context, returned, confirmed=streak)
    due_at = recheck_at(streak, reason, context.at)
    if due_at is None:
        return _miss(state, context, Verdict.SUSPECT, reason, raw, streak)
    due_at = min(due_at, context.at + context.schedule.interval)
    return _suspect(state, context, due_at, reason, raw, streak)


def _suspect(
    state: TargetState,
    context: PollContext,
    due_at: datetime,
    reason: RejectionReason,
    raw: str,
    streak: RejectionStreak | None,
) -> Decision:
    """Return the decision to poll a suspect target again at `due_at`. `streak`: the one that goes on."""
    rejection, target = Rejection(reason, raw, streak.id if streak else None), state.target
    return Decision(target.game_id, Verdict.SUSPECT, context.at, due_at, target.failures, rejection=rejection)


def _miss(
    state: TargetState,
    context: PollContext,
    verdict: Verdict,
    reason: RejectionReason | None = None,
    raw: str = "",
    streak: RejectionStreak | None = None,
) -> Decision:
    """Return a failure: the target is polled again after a back-off, and its promise stays."""
    failures = state.target.failures + 1
    if streak is None and state.streak and (state.streak.reason, state.streak.raw) == (reason, raw):
        streak = state.streak
    return Decision(
        state.target.game_id,
        verdict,
        context.at,
        due_at=context.at + backoff_delay(context.schedule.interval, failures),
        failures=failures,
        rejection=Rejection(reason, raw, streak.id if streak else None) if reason else None,
    )


def _clock_evidence(response: ProgressResponse) -> str:
    """Describe a clock fault without a moment, so that equal faults make one streak."""
    evidence = "games not recorded: our clock disagrees with what is stored"
    return f"{len(response.games)} {evidence}"
