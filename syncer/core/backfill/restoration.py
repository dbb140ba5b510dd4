"""Decide how much of a rise came back after a fall: what comes back is no gain. Pure.

A game can read 0 of 20 for a while, by a fault of the site or a reset that was undone, and 20 of 20 after it.
A gain is an unlock that was not stored before the fall. So a rise after a fall that was not made up for is
undecided until the unlocks of the whole game are read. Then each unlock in the answer whose achievement, mode
and date were stored before the fall, gone or not, has come back; the others are gains, whatever their date.
What came back is stored with the rise, and with the fall that it makes up for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from syncer.core.model.library import Unlock
from syncer.core.model.progress import Progress
from syncer.core.model.restoration import NOTHING, Amounts, KnownUnlock, Step

ACHIEVEMENTS, POINTS, HARDCORE, HARDCORE_POINTS = range(4)
HALVES = ((ACHIEVEMENTS, POINTS), (HARDCORE, HARDCORE_POINTS))
MIN_RESTORED = 3  # achievements: fewer prove nothing by their number alone
DECIDED_AFTER = timedelta(days=7)  # by numbers, where no unlocks could be read


def deltas(before: Progress, after: Progress) -> Amounts:
    """Return by how much the player's numbers changed."""
    steps = zip(_player_numbers(before), _player_numbers(after), strict=True)
    achievements, points, hardcore, hardcore_points = (new - old for old, new in steps)
    return achievements, points, hardcore, hardcore_points


def _player_numbers(progress: Progress) -> tuple[int, ...]:
    return progress.as_tuple()[2:]


def is_rise(before: Progress, after: Progress) -> bool:
    """Return whether achievements were added to a set that was there: a set that is back is no gain."""
    changed = deltas(before, after)
    return before.num_possible_achievements > 0 and (changed[ACHIEVEMENTS] > 0 or changed[HARDCORE] > 0)


def is_fall(before: Progress, after: Progress) -> bool:
    changed = deltas(before, after)
    return changed[ACHIEVEMENTS] < 0 or changed[HARDCORE] < 0


def new_restoration(history: Sequence[Step], after: Progress, *, reads_unlocks: bool) -> Amounts | None:
    """Return what came back in a change that is about to be stored; None: the unlocks will decide."""
    before = history[-1].progress
    if not is_rise(before, after) or not _follows_fall(history, after):
        return NOTHING
    if reads_unlocks:
        return None
    return by_numbers([step.progress for step in changed_steps(history)], after)


def _follows_fall(history: Sequence[Step], after: Progress) -> bool:
    """Return whether a half rises whose count was higher once, and was not reached again since."""
    before, changed = history[-1].progress, deltas(history[-1].progress, after)
    highest = max(step.progress.num_achieved for step in history)
    hardcore = max(step.progress.num_achieved_hardcore for step in history)
    in_all = changed[ACHIEVEMENTS] > 0 and highest > before.num_achieved
    return in_all or (changed[HARDCORE] > 0 and hardcore > before.num_achieved_hardcore)


def changed_steps(history: Iterable[Step]) -> list[Step]:
    """Return the steps with other numbers than the one before: a late poll begins a snapshot, too."""
    found: list[Step] = []
    for step in history:
        if found and found[-1].progress == step.progress:
            found[-1] = replace(found[-1], last_seen_at=step.last_seen_at)
        else:
            found.append(step)
    return found


def by_numbers(before: Sequence[Progress], after: Progress) -> Amounts:
    """Return all of a rise of three achievements or more that undoes the fall before it; else nothing."""
    if len(before) < 2 or not is_fall(before[-2], before[-1]):
        return NOTHING
    rise = _rise(deltas(before[-1], after))
    is_equal = _player_numbers(before[-2]) == _player_numbers(after)
    return rise if is_equal and max(rise[ACHIEVEMENTS], rise[HARDCORE]) >= MIN_RESTORED else NOTHING


def decide_by_numbers(history: Sequence[Step]) -> list[Step]:
    """Return the steps with every rise decided by the numbers alone."""
    steps = changed_steps(history)
    return [
        replace(step, restored=by_numbers([s.progress for s in steps[:n]], step.progress))
        if step.restored is None
        else step
        for n, step in enumerate(steps)
    ]


def decide_by_unlocks(
    history: Sequence[Step], stored: Sequence[KnownUnlock], answer: Sequence[Unlock]
) -> list[Step]:
    """Return the steps with every rise decided by the game's unlocks, which show the newest numbers.

    `stored`: as they were before this answer. What came back is the sum of the undecided rises minus their
    gains; it fills the oldest rise first.
    """
    steps = changed_steps(history)
    first = next((n for n, step in enumerate(steps) if step.restored is None), None)
    if first is None:
        return steps
    fall = max((n for n in range(1, first) if is_fall(steps[n - 1].progress, steps[n].progress)), default=0)
    gains = _gains(steps, fall, stored, answer)
    left = [_came_back(steps, fall, measure, gains[measure]) for measure in range(4)]
    for n, step in enumerate(steps):
        if step.restored is None:
            rise = _rise(deltas(steps[n - 1].progress, step.progress))
            achievements, points, hardcore, hardcore_points = map(min, rise, left)
            restored = (achievements, points, hardcore, hardcore_points)
            left = [total - amount for total, amount in zip(left, restored, strict=True)]
            steps[n] = replace(step, restored=restored)
    return steps


def _came_back(steps: Sequence[Step], fall: int, measure: int, gains: int) -> int:
    """Return the sum of the undecided rises minus their gains. Decided rises have had theirs."""
    rises = undecided = 0
    for before, step in pairwise(steps[fall:]):
        rise = _rise(deltas(before.progress, step.progress))[measure]
        if step.restored is None:
            undecided += rise
        elif is_rise(before.progress, step.progress):
            rises += rise - step.restored[measure]
    return max(0, undecided - max(0, gains - rises))


def _gains(
    steps: Sequence[Step], fall: int, stored: Sequence[KnownUnlock], answer: Sequence[Unlock]
) -> list[int]:
    """Return what the answer shows that was not stored before the fall: counts and points, as Amounts."""
    found = []
    for hardcore_only in (False, True):
        rows = [row for row in answer if row.hardcore or not hardcore_only]
        gains = _new_unlocks(rows, stored, steps[fall])
        for earlier in _open_falls(steps, fall, hardcore_only=hardcore_only):
            for achievement in _unread_unlocks(steps, earlier, stored, rows, hardcore_only=hardcore_only):
                gains.pop(achievement, None)
        found += [len(gains), sum(row.points or 0 for row in gains.values())]
    return found


def _new_unlocks(rows: Sequence[Unlock], stored: Sequence[KnownUnlock], fall: Step) -> dict[int, Unlock]:
    """Return the achievements of which no unlock in the answer was stored before the fall, by date."""
    known = {_key(unlock) for unlock in stored if unlock.first_seen_at < fall.first_seen_at}
    back = {row.achievement_id for row in rows if _key(row) in known}
    new = sorted((r for r in rows if r.achievement_id not in back), key=lambda r: (r.unlocked_at, _key(r)))
    first: dict[int, Unlock] = {}
    for row in new:
        first.setdefault(row.achievement_id, row)
    return first


def _key(row: Unlock | KnownUnlock) -> tuple[int, bool, datetime]:
    return row.achievement_id, row.hardcore, row.unlocked_at


def _open_falls(steps: Sequence[Step], newest: int, *, hardcore_only: bool) -> Iterator[int]:
    """Yield the falls up to the newest one whose count, of all or in hardcore, was not reached again.

    A fall can take several polls, with the unlocks read in between: the count before its first step counts.
    """
    undecided = next((n for n, step in enumerate(steps) if step.restored is None), len(steps))
    counts = [_count(step, hardcore_only=hardcore_only) for step in steps[:undecided]]
    for n in range(1, newest):
        if counts[n] < counts[n - 1] and max(counts[n:]) < counts[n - 1]:
            yield n
    yield newest


def _count(step: Step, *, hardcore_only: bool) -> int:
    return step.progress.num_achieved_hardcore if hardcore_only else step.progress.num_achieved


def _unread_unlocks(
    steps: Sequence[Step],
    fall: int,
    stored: Sequence[KnownUnlock],
    rows: Sequence[Unlock],
    *,
    hardcore_only: bool,
) -> list[int]:
    """Return the achievements that were unlocked before the fall, and only had not been read yet.

    The last snapshot before the fall showed so many more than were stored; they are older than it.
    """
    fell_at, last = steps[fall].first_seen_at, steps[max(0, fall - 1)]
    known = [unlock for unlock in stored if unlock.first_seen_at < fell_at]
    held = {
        u.achievement_id
        for u in known
        if u.gone_at is None or u.gone_at >= fell_at
        if u.hardcore or not hardcore_only
    }
    unread = _count(last, hardcore_only=hardcore_only) - len(held)
    new = _new_unlocks(rows, stored, steps[fall])
    old = [achievement for achievement, row in new.items() if row.unlocked_at < last.last_seen_at]
    return old[: max(0, unread)]


def settle_falls(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, each fall with what came back of it: what a later rise makes up for, newest first.

    An undecided rise counts as if it came back, so that it is neither a gain nor, with its fall, a loss.
    """
    changes = [NOTHING, *(deltas(a.progress, b.progress) for a, b in pairwise(steps))]
    falls = [n for n in range(1, len(steps)) if is_fall(steps[n - 1].progress, steps[n].progress)]
    made_up = {n: [0, 0, 0, 0] for n in falls}
    for n, step in enumerate(steps):
        back = _back(steps[n - 1], step) if n else NOTHING
        for measure, left in enumerate(back):
            for fall in reversed([fall for fall in falls if fall < n]):
                room = max(0, -changes[fall][measure]) - made_up[fall][measure]
                made_up[fall][measure] += min(room, left)
                left -= min(room, left)
    return [
        _with_made_up(step, changes[n], made_up[n]) if n in made_up else step for n, step in enumerate(steps)
    ]


def _back(before: Step, step: Step) -> Amounts:
    """Return how much of a step counts as come back: all of it where its set is back."""
    rise = _rise(deltas(before.progress, step.progress))
    is_returned = before.progress.num_possible_achievements == 0
    if step.restored is None or is_returned:
        return rise
    return _amounts(map(min, rise, step.restored))


def _with_made_up(step: Step, change: Amounts, made_up: Sequence[int]) -> Step:
    """Return a fall with what came back of it; in a half that rises, what came back in it stays."""
    if step.restored is None:
        return step
    halves = zip(change, made_up, step.restored, strict=True)
    return replace(step, restored=_amounts(made if delta < 0 else own for delta, made, own in halves))


def _rise(change: Amounts) -> Amounts:
    return _amounts(max(0, delta) for delta in change)


def _amounts(values: Iterable[int]) -> Amounts:
    achievements, points, hardcore, hardcore_points = values
    return achievements, points, hardcore, hardcore_points
