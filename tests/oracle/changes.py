"""What each accepted change is called, how much of it came back, and what it adds to the sums of a day.

It is derived from the unlocks that the site showed: one that was seen before, and is seen again, has come
back. So it is no gain, and what the fall before it lost is not lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .values import ACHIEVED, HARDCORE, HARDCORE_SCORE, POSSIBLE, SCORE, Change, Row

COUNTED = (ACHIEVED, SCORE, HARDCORE, HARDCORE_SCORE)  # the order of all tuples of four here
NAMES = ("achievements", "points", "hardcore_achievements", "hardcore_points")
OWN = ("unlock", "hardcore_upgrade", "reset", "demoted", "set_revised")  # what a player gains and loses by
MIN_RESTORED = 3  # achievements that numbers alone can prove to have come back
Points = Mapping[int, int]  # by achievement


@dataclass
class Judged:
    """A change with its kind. `restored`: of a rise, what came back; `made_up`: of a fall, the same later."""

    change: Change
    kind: str
    restored: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    made_up: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def deltas(self) -> list[int]:
        return [self.change.delta(index) for index in COUNTED]

    def gains(self) -> list[int]:
        """Return what was gained for the first time: counts and points, of all and of hardcore."""
        if self.kind not in OWN:
            return [0, 0, 0, 0]
        return [max(0, delta) - back for delta, back in zip(self.deltas(), self.restored, strict=True)]


def judge(changes: Sequence[Change], points: Points, *, with_unlocks: bool) -> list[Judged]:
    """Return the changes of one game, oldest first, each with its kind."""
    found: list[Judged] = []
    seen: set[Row] = set()
    for change in changes:
        judged = Judged(change, "baseline" if change.before is None else base_kind(change))
        if change.before is not None:
            restored = (
                restored_rows(change, seen, points) if with_unlocks else restored_numbers(found, change)
            )
            judged.restored = restored
            _settle(found, judged)
        seen |= change.rows
        found.append(judged)
    return found


def base_kind(change: Change) -> str:
    """Return the kind by the numbers alone: the first rule that matches."""
    assert change.before is not None
    possible, achieved, hardcore = (change.delta(index) for index in (POSSIBLE, ACHIEVED, HARDCORE))
    rules = (
        ("gone", change.before[POSSIBLE] > 0 and change.after[POSSIBLE] == 0),
        ("returned", change.before[POSSIBLE] == 0 and change.after[POSSIBLE] > 0),
        ("reset", possible == 0 and (achieved < 0 or hardcore < 0)),
        ("demoted", possible < 0 and achieved < 0),
        ("set_revised", possible != 0),
        ("unlock", achieved > 0),
        ("hardcore_upgrade", hardcore > 0),
    )
    return next((kind for kind, matches in rules if matches), "reweighted")


def restored_rows(change: Change, seen: set[Row], points: Points) -> list[int]:
    """Return how much of the rise are unlocks that were seen before, by their own dates."""
    back, found = change.rows & seen, list[int]()
    for hardcore, count, score in ((False, ACHIEVED, SCORE), (True, HARDCORE, HARDCORE_SCORE)):
        new = _achievements(change.rows, hardcore) - _achievements(change.rows_before, hardcore)
        gained = new - _achievements(back, hardcore)
        achievements = _rest(change.delta(count), len(gained))
        worth = sum(points[achievement] for achievement in gained)
        found += [achievements, _rest(change.delta(score), worth) if achievements else 0]
    return found


def _rest(delta: int, gain: int) -> int:
    """Return the rise minus its gains, never below 0 nor above the rise."""
    return max(0, delta - gain) if delta > 0 else 0


def restored_numbers(before: Sequence[Judged], change: Change) -> list[int]:
    """Return the whole rise where it undoes the fall just before it; else nothing."""
    fall = before[-1].change
    undoes = fall.before is not None and change.after[ACHIEVED:] == fall.before[ACHIEVED:]
    rise = [max(0, change.delta(index)) for index in COUNTED]
    is_rise = undoes and max(rise[0], rise[2]) >= MIN_RESTORED
    return rise if is_rise and min(fall.delta(ACHIEVED), fall.delta(HARDCORE)) < 0 else [0, 0, 0, 0]


def _achievements(rows: frozenset[Row] | set[Row], hardcore: bool) -> set[int]:
    return {row.achievement for row in rows if row.hardcore or not hardcore}


def _settle(before: Sequence[Judged], judged: Judged) -> None:
    """Name a rise that came back whole, and book what came back at the fall that it makes up for."""
    deltas = judged.deltas()
    if not any(judged.restored):
        return
    whole = all(max(0, deltas[n]) == judged.restored[n] for n in (0, 2))
    if whole and judged.kind in ("set_revised", "unlock", "hardcore_upgrade"):
        judged.kind = "restored"
    falls = (one for one in reversed(before) if one.change.before and min(one.deltas()) < 0)
    for fall in falls:
        room = [max(0, -delta) - made for delta, made in zip(fall.deltas(), fall.made_up, strict=True)]
        if any(room):
            made = [min(*pair) for pair in zip(room, judged.restored, strict=True)]
            fall.made_up = [a + b for a, b in zip(fall.made_up, made, strict=True)]
            return


def daily_sums(judged: Sequence[Judged]) -> dict[date, dict[str, int]]:
    """Return what was gained, lost and adjusted on each UTC day on which something changed."""
    days: dict[date, dict[str, int]] = {}
    for one in judged:
        if one.kind == "baseline":
            continue
        day = days.setdefault(one.change.at.date(), {f"{n}_{w}": 0 for n in NAMES for w in WAYS})
        for n, name in enumerate(NAMES):
            for way, amount in zip(WAYS, _split(one, n), strict=True):
                day[f"{name}_{way}"] += amount
    return days


WAYS = ("gained", "lost", "adjusted")


def _split(one: Judged, n: int) -> tuple[int, int, int]:
    """Return gained, lost and adjusted of one measure."""
    delta = one.deltas()[n]
    if one.kind not in OWN:
        return 0, 0, delta
    if delta > 0:
        return delta - one.restored[n], 0, one.restored[n]
    return 0, -delta - one.made_up[n], -one.made_up[n]
