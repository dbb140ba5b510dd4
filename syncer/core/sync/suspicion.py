"""Find suspect numbers, and decide when a streak of them is accepted. Pure.

An answer of status 200 can hold numbers that are not the player's progress. Six zeros also mean that the
site did not find the game (site-api.md 5.1), counts are provisional while an unlock is written (section 6),
and a fault of the site can set many games to zero at once. Stored as they are, they would appear as a reset
and, one poll later, as new unlocks. Numbers that differ from the open snapshot are checked by three rules:

- suspect_zero: all six numbers are zero, but the game had achievements before;
- mass_drop: three games or more, and half of those with achievements, fall to none in one answer
  (mass_drop.py);
- unsettled: an unlock is being written, so that a count has moved and its score has not, or there is more in
  hardcore than in all.
"""

import json
from datetime import datetime, timedelta

from syncer.core.model.decision import RejectionReason, RejectionStreak
from syncer.core.model.progress import Progress

MINUTE = timedelta(minutes=1)
CONFIRMED_AFTER = timedelta(minutes=10)  # how long zeros or unsettled numbers must last to be accepted
RECHECK_AFTER = timedelta(minutes=10)
RECHECK_BACKOFF_AFTER = timedelta(hours=6)  # after this, a suspect target is polled by the back-off
# The recount of an unlock takes seconds (site-api.md section 6), so the first polls come early.
UNSETTLED_RECHECKS = (MINUTE, 3 * MINUTE, 10 * MINUTE)  # after the first poll of the streak


def suspicion_reason(returned: Progress, last: Progress | None) -> RejectionReason | None:
    """Return why numbers that differ from the last ones are suspect by themselves; None: they are not."""
    if is_suspect_zero(returned, last):
        return RejectionReason.SUSPECT_ZERO
    if has_hardcore_above_all(returned) or has_unmoved_score(returned, last):
        return RejectionReason.UNSETTLED
    return None


def is_suspect_zero(returned: Progress, last: Progress | None) -> bool:
    """Return whether all six numbers are zero where a set stood before (site-api.md 13, 1 and 3)."""
    return not any(returned.as_tuple()) and last is not None and last.num_possible_achievements > 0


def has_hardcore_above_all(progress: Progress) -> bool:
    """Return whether there is more in hardcore than in all, which no settled progress shows."""
    return (
        progress.num_achieved_hardcore > progress.num_achieved
        or progress.score_achieved_hardcore > progress.score_achieved
    )


def has_unmoved_score(returned: Progress, last: Progress | None) -> bool:
    """Return whether a count differs from the open snapshot, but the score of the same half does not."""
    if last is None:
        return False
    in_all = returned.num_achieved != last.num_achieved and returned.score_achieved == last.score_achieved
    count_moved = returned.num_achieved_hardcore != last.num_achieved_hardcore
    return in_all or (count_moved and returned.score_achieved_hardcore == last.score_achieved_hardcore)


def evidence(returned: Progress) -> str:
    """Return the numbers as `rejections.raw` keeps them."""
    return json.dumps(returned.as_tuple())


def continues(
    streak: RejectionStreak | None, reason: RejectionReason, returned: Progress, last: Progress | None
) -> bool:
    """Return whether a poll continues the open streak: it is equal or, if unsettled, unsettled alike.

    Unsettled numbers move from poll to poll. Those whose score is unmoved may be accepted one day, for an
    achievement may be worth no points; hardcore above all never: the two make streaks of their own.
    """
    if streak is None or streak.reason is not reason:
        return False
    if reason is not RejectionReason.UNSETTLED:
        return streak.raw == evidence(returned)
    return has_unmoved_score(_numbers(streak), last) == has_unmoved_score(returned, last)


def is_confirmed(streak: RejectionStreak, returned: Progress, last: Progress | None, at: datetime) -> bool:
    """Return whether one more poll at `at`, which continues the streak, makes it long enough."""
    age = at - streak.first_seen_at
    if streak.reason is RejectionReason.UNSETTLED and not (
        has_unmoved_score(returned, last)
        and not has_hardcore_above_all(returned)
        and not has_hardcore_above_all(_numbers(streak))
    ):
        return False
    return age >= CONFIRMED_AFTER


def recheck_at(streak: RejectionStreak | None, reason: RejectionReason, at: datetime) -> datetime | None:
    """Return when a suspect target is polled again; None: by the back-off."""
    begin = streak.first_seen_at if streak else at
    if at - begin > RECHECK_BACKOFF_AFTER:
        return None
    if reason is RejectionReason.UNSETTLED:
        early = (begin + wait for wait in UNSETTLED_RECHECKS if begin + wait > at)
        return next(early, at + RECHECK_AFTER)
    return at + RECHECK_AFTER


def _numbers(streak: RejectionStreak) -> Progress:
    return Progress(*json.loads(streak.raw))
