"""After the call: what was seen, whether to believe it, and when to look again. Pure."""

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
RECHECK_BACKOFF_AFTER = timedelta(hours=6)  # after this, a suspicion joins the back-off
CONFIRMATION_RULES = {  # how long, and how many looks, an equal suspicion must last to be believed
    RejectionReason.SUSPECT_ZERO: (timedelta(minutes=10), 2),
    RejectionReason.HARDCORE_ABOVE_ALL: (timedelta(minutes=10), 2),
    RejectionReason.MASS_DROP: (timedelta(hours=6), 3),
}


@dataclass(frozen=True, slots=True)
class PollContext:
    """When we looked (UTC, the answer read to the end), in a run that started at `started_at`."""

    at: datetime
    started_at: datetime
    schedule: Schedule
    gap_after: timedelta

    @property
    def next_poll_at(self) -> datetime:
        """When the next look is promised; one that a long run has overtaken moves on."""
        promised = self.schedule.next(self.started_at)
        return promised if promised > self.at else self.schedule.next(self.at)


def validate_batch(
    standings: Sequence[TargetState], answer: ProgressResponse, context: PollContext
) -> BatchDecision:
    """One decision per target that was asked for; or none, when the clock cannot be trusted."""
    if clock_is_wrong(standings, answer, context):
        return BatchDecision(context.at, refused=Rejection(RejectionReason.CLOCK, _clock_evidence(answer)))
    dropped = is_mass_drop(standings, answer)
    return BatchDecision(
        context.at, tuple(validate_entry(standing, answer, context, dropped) for standing in standings)
    )


def reject_batch(standings: Sequence[TargetState], context: PollContext) -> BatchDecision:
    """The batch was at fault: each of its targets misses once."""
    return BatchDecision(context.at, tuple(_miss(s, context, Verdict.FAILED) for s in standings))


def clock_is_wrong(standings: Sequence[TargetState], answer: ProgressResponse, context: PollContext) -> bool:
    """Behind what we have stored, or far ahead of it while the site disagrees ."""
    if any(s.open and context.at < s.open.last_seen_at - CLOCK_TOLERANCE for s in standings):
        return True
    apart = abs(answer.date - context.at) if answer.date else timedelta(0)
    if apart <= MAX_CLOCK_OFFSET:
        return False
    # A first look has no promise to be measured by: then only a day of disagreement counts.
    return any(
        context.at > s.target.expected_at + MAX_UNPROVEN_OFFSET
        if s.target.expected_at
        else apart > MAX_UNPROVEN_OFFSET
        for s in standings
    )


def is_mass_drop(standings: Sequence[TargetState], answer: ProgressResponse) -> bool:
    """At least three games, and half of those that had achievements, fall to none in one answer."""
    had = [s for s in standings if s.open and s.open.progress.num_achieved > 0]
    had = [s for s in had if isinstance(answer.games.get(s.target.game_id), Progress)]
    fell = [s for s in had if answer.games[s.target.game_id].num_achieved == 0]  # type: ignore[union-attr]
    return len(fell) >= 3 and len(fell) * 2 >= len(had)


def suspicion_reason(seen: Progress, last: Progress | None, dropped: bool) -> RejectionReason | None:
    """Why a number that differs from the last one is not believed at first sight."""
    if dropped:
        return RejectionReason.MASS_DROP
    if not any(seen.as_tuple()) and last and last.num_possible_achievements > 0:
        return RejectionReason.SUSPECT_ZERO
    if seen.num_achieved_hardcore > seen.num_achieved or seen.score_achieved_hardcore > seen.score_achieved:
        return RejectionReason.HARDCORE_ABOVE_ALL
    return None


def validate_entry(
    standing: TargetState, answer: ProgressResponse, context: PollContext, dropped: bool
) -> Decision:
    seen = answer.games.get(standing.target.game_id)
    if seen is None:
        return _miss(standing, context, Verdict.MISSING, RejectionReason.MISSING)
    if isinstance(seen, UnparsableEntry):
        return _miss(standing, context, Verdict.UNPARSABLE, RejectionReason.UNPARSABLE, seen.raw)
    last = standing.open.progress if standing.open else None
    if seen == last:
        return _accept(standing, context, seen)
    reason = suspicion_reason(seen, last, dropped)
    if reason is None:
        return _accept(standing, context, seen)
    return _reject(standing, context, seen, reason)


def _accept(
    standing: TargetState, context: PollContext, seen: Progress, confirms: RejectionStreak | None = None
) -> Decision:
    target, last = standing.target, standing.open
    late = target.expected_at is not None and context.at > target.expected_at + context.gap_after
    if last is None:
        verdict = Verdict.NEW
    elif seen != last.progress:
        verdict = Verdict.CHANGED
    else:
        verdict = Verdict.RESUMED if late else Verdict.SAME
    return Decision(
        target.game_id,
        verdict,
        poll_time(standing, context.at),
        due_at=context.next_poll_at,
        failures=0,
        expected_at=context.next_poll_at,
        progress=seen,
        after_gap=late and verdict is not Verdict.NEW,
        confirms=confirms.id if confirms else None,
        ends=standing.series.id if standing.series and not confirms else None,
    )


def poll_time(standing: TargetState, at: datetime) -> datetime:
    """Later than the last context, though time sync may have set the clock back a little."""
    return max(at, standing.open.last_seen_at + ONE_MS) if standing.open else at


def _reject(standing: TargetState, context: PollContext, seen: Progress, reason: RejectionReason) -> Decision:
    raw = json.dumps(seen.as_tuple())
    series = _continued_streak(standing, reason, raw)
    if series and is_confirmed(series, context.at):
        return _accept(standing, context, seen, confirms=series)
    if series and context.at - series.first_seen_at > RECHECK_BACKOFF_AFTER:
        return _miss(standing, context, Verdict.SUSPECT, reason, raw)
    again = min(RECHECK_AFTER, context.schedule.interval)
    rejection = Rejection(reason, raw, series.id if series else None)
    target = standing.target
    return Decision(
        target.game_id, Verdict.SUSPECT, context.at, context.at + again, target.failures, rejection=rejection
    )


def is_confirmed(series: RejectionStreak, at: datetime) -> bool:
    """Whether one more equal look at `at` makes the series long enough to be believed."""
    lasting, looks = CONFIRMATION_RULES[series.reason]
    return at - series.first_seen_at >= lasting and series.poll_count + 1 >= looks


def _continued_streak(standing: TargetState, reason: RejectionReason, raw: str) -> RejectionStreak | None:
    """The standing series, if this look is one more of the same."""
    series = standing.series
    return series if series and (series.reason, series.raw) == (reason, raw) else None


def _miss(
    standing: TargetState,
    context: PollContext,
    verdict: Verdict,
    reason: RejectionReason | None = None,
    raw: str = "",
) -> Decision:
    target = standing.target
    failures = target.failures + 1
    series = _continued_streak(standing, reason, raw) if reason else None
    return Decision(
        target.game_id,
        verdict,
        context.at,
        due_at=context.at + backoff_delay(context.schedule.interval, failures),
        failures=failures,
        rejection=Rejection(reason, raw, series.id if series else None) if reason else None,
    )


def backoff_delay(interval: timedelta, failures: int) -> timedelta:
    """interval · 2^failures, six hours at most."""
    return min(interval * (1 << min(failures, 16)), MAX_BACKOFF)


def _clock_evidence(answer: ProgressResponse) -> str:
    """Evidence of a clock fault. Without our own time: equal faults make one series."""
    return f"{len(answer.games)} games not recorded: our clock disagrees with what is stored or with the site"
