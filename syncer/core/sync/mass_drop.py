"""Follow a mass drop: games that fall to 0 achievements together, of which the site may be at fault. Pure.

A reset of many games and a fault of the site look alike, but after a reset the account's own points are
lower, too. So only the request that showed the drop first is repeated, after ten minutes and then each hour,
with the account's sums beside it. The games that fell are not polled otherwise; all other games go on. The
drop is accepted after six hours and three polls if the sums fell by what these games lost, and after seven
days of equal polls if they did not.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from syncer.core.formats.text import pluralize
from syncer.core.model.decision import RejectionReason, RejectionStreak, TargetState
from syncer.core.model.mass_drop import AccountSums, DropEvidence, DropUpdate, MassDrop
from syncer.core.model.progress import GameId, Progress, ProgressResponse

MIN_GAMES = 3  # fewer games that fall to none are resets by the player
FIRST_RECHECK, RECHECK_EVERY = timedelta(minutes=10), timedelta(hours=1)
CONFIRMED_AFTER, CONFIRMED_BY_POLLS = timedelta(hours=6), 3  # where the account's sums fell, too
ACCEPTED_AFTER = timedelta(days=7)  # of equal polls, whatever the sums are
REPORT_EVERY = timedelta(days=1)


def fell_to_none(state: TargetState, returned: object) -> bool:
    """Return whether a game that had achievements has none, and its set still has some."""
    return (
        isinstance(returned, Progress)
        and returned.num_possible_achievements > 0
        and returned.num_achieved == 0
        and state.open is not None
        and state.open.progress.num_achieved > 0
    )


def is_waiting(streak: RejectionStreak | None, drop: MassDrop | None) -> bool:
    """Return whether a target is one of the games that fell in the standing drop, by its open streak."""
    return drop is not None and drop.stands and _is_of_drop(streak)


def is_released(streak: RejectionStreak | None, drop: MassDrop | None) -> bool:
    """Return whether a target fell in a drop that is accepted by now, by its open streak."""
    if drop is None or drop.confirmed_at is None or streak is None or not _is_of_drop(streak):
        return False
    return streak.first_seen_at <= drop.confirmed_at


def _is_of_drop(streak: RejectionStreak | None) -> bool:
    return streak is not None and streak.reason is RejectionReason.MASS_DROP


def is_mass_drop(states: Iterable[TargetState], response: ProgressResponse) -> bool:
    """Return whether three games or more, and half of those with achievements, fall to none at once.

    Games whose set is empty do not count: six zeros have a rule of their own.
    """
    returned = [(state, response.games.get(state.target.game_id)) for state in states]
    had_some = [
        fell_to_none(state, progress)
        for state, progress in returned
        if state.open and state.open.progress.num_achieved > 0
        if isinstance(progress, Progress) and progress.num_possible_achievements > 0
    ]
    return sum(had_some) >= MIN_GAMES and sum(had_some) * 2 >= len(had_some)


def follow_drop(
    states: Sequence[TargetState],
    response: ProgressResponse,
    drop: MassDrop | None,
    at: datetime,
    sums: AccountSums | None,
) -> DropUpdate | None:
    """Return what this answer says about a mass drop; None: nothing. `sums`: of the account, received now."""
    if drop and drop.stands:
        waiting = [state for state in states if is_waiting(state.streak, drop)]
        return _recheck(drop, waiting, response.games, at, sums) if waiting else None
    others = [state for state in states if not is_released(state.streak, drop)]
    return _begin(others, response, at) if is_mass_drop(others, response) else None


def _begin(states: Sequence[TargetState], response: ProgressResponse, at: datetime) -> DropUpdate:
    games = tuple(sorted(state.target.game_id for state in states))
    numbers = _numbers(states, response.games)
    return DropUpdate(at, None, DropEvidence(games, None, None, numbers, at), at + FIRST_RECHECK)


def _recheck(
    drop: MassDrop,
    waiting: Sequence[TargetState],
    games: Mapping[GameId, object],
    at: datetime,
    sums: AccountSums | None,
) -> DropUpdate:
    at = max(at, drop.last_seen_at)  # the clock may have been set back a little
    # Under a smaller limit of ids the request is repeated in parts: the other games keep their last numbers.
    elsewhere = drop.waiting - {state.target.game_id for state in waiting}
    numbers = _numbers(waiting, games, _kept(drop.evidence.numbers, elsewhere))
    since = drop.evidence.equal_since if numbers == drop.evidence.numbers else at
    evidence = replace(drop.evidence, now=sums, numbers=numbers, equal_since=since)
    update = DropUpdate(at, drop.id, evidence, at + RECHECK_EVERY)
    if not any(fell_to_none(state, games.get(state.target.game_id)) for state in waiting):
        in_part = elsewhere.intersection(drop.evidence.games)
        return update if in_part else replace(update, ended=True, next_poll_at=at)
    is_old = at - drop.first_seen_at >= CONFIRMED_AFTER and drop.poll_count + 1 >= CONFIRMED_BY_POLLS
    if (is_old and _sums_fell(drop, sums)) or at - since >= ACCEPTED_AFTER:
        return replace(update, confirmed=True, next_poll_at=at)
    return _with_report(update, drop) if is_old else update


def _numbers(
    states: Sequence[TargetState],
    games: Mapping[GameId, object],
    kept: Mapping[GameId, Sequence[int]] = MappingProxyType({}),
) -> str:
    """Return what an answer has for the games that fell, so that equal answers compare equal."""
    fell = {s.target.game_id: games.get(s.target.game_id) for s in states}
    found = {game: p.as_tuple() for game, p in fell.items() if isinstance(p, Progress)}
    return json.dumps(dict(sorted({**kept, **found}.items())))


def _kept(numbers: str, games: Collection[GameId]) -> dict[GameId, Sequence[int]]:
    """Return the stored numbers of some games."""
    return {int(game): row for game, row in json.loads(numbers).items() if int(game) in games}


def _sums_fell(drop: MassDrop, now: AccountSums | None) -> bool:
    """Return whether the account lost what these games lost. A half that lost nothing proves nothing."""
    before, lost = drop.evidence.before, drop.lost
    if before is None or now is None:
        return False
    halves = (
        (before.hardcore - now.hardcore, lost.hardcore),
        (before.softcore - now.softcore, lost.softcore),
    )
    return all(fell >= needed for fell, needed in halves if needed > 0)


def _with_report(update: DropUpdate, drop: MassDrop) -> DropUpdate:
    """Add a warning, once a day: only time will accept this drop."""
    reported = update.evidence.reported_at
    if reported is not None and update.at - reported < REPORT_EVERY:
        return update
    games = pluralize(len(drop.waiting), "game")
    warning = (
        f"{games} fell to 0 achievements in one answer of {drop.first_seen_at:%Y-%m-%d %H:%M} UTC, but the "
        f"account's points do not show it; accepted if it lasts for {ACCEPTED_AFTER.days} days"
    )
    return replace(update, evidence=replace(update.evidence, reported_at=update.at), warning=warning)
