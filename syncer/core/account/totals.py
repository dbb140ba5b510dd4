"""Rules of the account's totals: what an answer extends, what it changes, and what is suspect. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncer.core.clock import MAX_STEP_BACK
from syncer.core.formats.timestamps import MILLISECOND
from syncer.core.model.account import (
    NO_POINTS,
    RANK_ENDPOINT,
    SUMS,
    AccountDecision,
    AccountPoll,
    AccountPromise,
    Measure,
    NewMeasure,
    OpenMeasure,
    RankAndScore,
    ZeroStreak,
    sum_measures,
)
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.periodic import DAILY, HOURLY, promised_to_next
from syncer.core.polling.promise import account_seconds
from syncer.core.ports import TrackedPlayer

ZEROS_CONFIRMED_AFTER = timedelta(hours=6)
ZEROS_CONFIRMED_BY = 3  # answers
RETRY_SUSPECT_AFTER = timedelta(hours=1)


def account_poll(tracked: TrackedPlayer, run_id: int, at: datetime) -> AccountPoll:
    """Return how a profile was requested: again with a run about a day later."""
    promised = promised_to_next(at, DAILY, tracked.schedule, tracked.gap_after)
    hourly = promised_to_next(at, HOURLY, tracked.schedule, tracked.gap_after)
    sums = hourly if reads_rank(tracked) else None
    return AccountPoll(run_id=run_id, promised=promised, gap_after=tracked.gap_after, sums_promised=sums)


def reads_rank(tracked: TrackedPlayer) -> bool:
    """Return whether rank and points are read once an hour; not where polls come at times of the day."""
    return tracked.rank and isinstance(tracked.schedule, IntervalSchedule)


def rank_poll(
    tracked: TrackedPlayer, run_id: int, at: datetime, endpoint: str = RANK_ENDPOINT
) -> AccountPoll:
    """Return how rank or points were requested: again with a run about an hour later."""
    promised = promised_to_next(at, HOURLY, tracked.schedule, tracked.gap_after)
    account = AccountPromise(account_seconds(tracked.schedule, at), tracked.gap_after)
    return AccountPoll(endpoint, run_id, promised, tracked.gap_after, account=account)


def decide_rank(
    stored: Sequence[OpenMeasure],
    streak: ZeroStreak | None,
    answer: RankAndScore,
    proof: AccountSums,
    poll: AccountPoll,
    at: datetime,
) -> AccountDecision:
    """Return what an answer with rank and points changes. `proof`: the points by an answer about a player.

    Zeros are what the site answers for an unknown player. Where the proof has points, it counts instead, and
    repeated zeros are never confirmed.
    """
    if answer.sums != NO_POINTS or proof == NO_POINTS:
        return decide_totals(stored, streak, answer.measures, poll, at)
    added, extended = _series(stored, sum_measures(proof), poll, at)
    return AccountDecision(added, extended, is_suspect=True, ends=streak.id if streak else None)


def decide_totals(
    stored: Sequence[OpenMeasure],
    streak: ZeroStreak | None,
    values: Mapping[Measure, int | None],
    poll: AccountPoll,
    at: datetime,
) -> AccountDecision:
    """Return what an answer changes. `values`: the measures that it contains, and no others.

    Zeros for every sum are suspect where some sum was not zero: the site answers so for a player that it does
    not know. They are accepted after six hours and three equal answers.
    """
    if _is_suspect(stored, values):
        if streak is None or not _is_confirmed(streak, at):
            return AccountDecision(is_suspect=True)
        added, extended = _series(stored, values, poll, at)
        return AccountDecision(added, extended, confirms=streak.id)
    added, extended = _series(stored, values, poll, at)
    return AccountDecision(added, extended, ends=streak.id if streak else None)


def _is_suspect(stored: Sequence[OpenMeasure], values: Mapping[Measure, int | None]) -> bool:
    sums = {measure: values[measure] for measure in SUMS if values.get(measure) is not None}
    had_points = any(row.value for row in stored if row.measure in sums)
    return bool(sums) and not any(sums.values()) and had_points


def _is_confirmed(streak: ZeroStreak, at: datetime) -> bool:
    return streak.poll_count + 1 >= ZEROS_CONFIRMED_BY and at - streak.first_seen_at >= ZEROS_CONFIRMED_AFTER


def _series(
    stored: Sequence[OpenMeasure], values: Mapping[Measure, int | None], poll: AccountPoll, at: datetime
) -> tuple[tuple[NewMeasure, ...], dict[int, datetime]]:
    """Extend or replace the snapshot of each measure that the answer contains."""
    known = {row.measure: row for row in stored}
    added: list[NewMeasure] = []
    extended: dict[int, datetime] = {}
    for measure, value in values.items():
        last = known.get(measure)
        if last is None:
            added.append(NewMeasure(measure, value, at, after_gap=False))
            continue
        moment = max(at, last.last_seen_at + MILLISECOND)
        if moment - at > MAX_STEP_BACK and not poll.is_proven:
            continue  # our clock was set back by more than that: the answer has no place in the series
        late = moment > last.last_seen_at + timedelta(seconds=last.promised_seconds) + poll.gap_after
        if value == last.value and not late:
            extended[last.id] = moment
        else:
            added.append(NewMeasure(measure, value, moment, late, closes=last.id))
    return tuple(added), extended
