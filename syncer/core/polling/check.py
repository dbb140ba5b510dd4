"""Whether the account's points and our sums differ, and what follows from it. Pure.

The site's sums are exact over all games, so one small request tests thousands of them. Equal sums are
evidence, no proof: changes can cancel each other. The site updates its sums by jobs, some time after the rows
of the games, so only a difference that two checks have found starts a search. What a search leaves is the
residual, such as the points of a deleted game; it starts nothing until it changes.

Where only some games are followed, the stored unlocks of the others are part of our sums. So the difference
stays what it is while unlocks explain each change, and the first one that is found counts as explained.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from syncer.core.model.consistency import NO_POINTS, Points, SumCheck
from syncer.core.model.polling import CheckDecision, Outcome, Search, SumStatus

from .promise import MAX_EARLY_BY

RECHECK_AFTER = timedelta(minutes=5)
SEARCH_INTERVAL = timedelta(hours=1)
PARTIAL_SEARCH_INTERVAL = timedelta(hours=6)  # where only some games are followed


def decide_check(status: SumStatus, site: Points, at: datetime, *, follows_all: bool) -> CheckDecision:
    """Return what follows from the account's points.

    `follows_all`: every game of the account that has points is followed.
    """
    if not status.is_complete:
        return CheckDecision(Outcome.INCOMPLETE, search=status.search)
    check = SumCheck(at, site, status.ours)
    if check.difference == NO_POINTS:
        return CheckDecision(Outcome.EQUAL, check)
    if _is_explained(status, check, follows_all=follows_all):
        return CheckDecision(Outcome.EXPLAINED, replace(check, residual=check.difference))
    if status.search:
        return CheckDecision(Outcome.SEARCHING, check, search=status.search)
    return _on_difference(status, check, SEARCH_INTERVAL if follows_all else PARTIAL_SEARCH_INTERVAL)


def _is_explained(status: SumStatus, check: SumCheck, *, follows_all: bool) -> bool:
    """Return whether the difference is known, left by a search, or the first one of an account in part."""
    is_left = status.search is not None and status.search.is_done
    is_first = not follows_all and status.history.newest is None
    return is_left or is_first or check.difference == status.history.residual


def _on_difference(status: SumStatus, check: SumCheck, interval: timedelta) -> CheckDecision:
    since, begun = status.history.since or check.at, status.search_begun_at
    if _is_within(RECHECK_AFTER, since, check.at):
        return CheckDecision(Outcome.RECHECK, check, next_at=since + RECHECK_AFTER)
    if begun is not None and _is_within(interval, begun, check.at):
        # The next check comes when a search may begin: the one after an hour would make it late.
        return CheckDecision(Outcome.WAITING, check, next_at=begun + interval)
    if status.is_blocked:
        return CheckDecision(Outcome.WAITING, check)
    return CheckDecision(Outcome.SEARCHING, check, search=Search(check.at))


def _is_within(length: timedelta, begin: datetime, at: datetime) -> bool:
    """Return whether a moment is too early. A begin in the future came from a wrong clock.

    A run may start some seconds early, and would otherwise be followed by others until the moment is there.
    """
    return begin <= at < begin + length - MAX_EARLY_BY
