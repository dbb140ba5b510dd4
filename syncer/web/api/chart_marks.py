"""The marks of a game's chart: what was mastered, completed, beaten, revised, reset or lost, and when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from syncer.core.milestones.states import STATE_TEXTS, GameState, Milestone
from syncer.core.milestones.texts import CHANGE_TEXTS, revision_text
from syncer.store.read.base import Row

MARKED_KINDS = ("reset", "demoted", "gone", "returned", "set_revised")
FULL = ("mastered", "completed")
COUNT_LAG = timedelta(hours=1)  # between the date of an award and the poll that shows its numbers


@dataclass(frozen=True, slots=True)
class Mark:
    """A change that the chart marks."""

    at: datetime
    kind: str
    text: str


def marks_of(snapshots: Sequence[Row], reached: Iterable[Milestone] = ()) -> list[Mark]:
    """Return the marks of a game, oldest first. `reached`: what the site dates, and what polls showed."""
    dated = [milestone for milestone in reached if milestone.at is not None]
    shown = (mark for mark in _full(snapshots) if not any(_is_same(mark, m) for m in dated))
    named = (Mark(m.at, m.kind, STATE_TEXTS[GameState(m.kind)]) for m in dated if m.at)
    return sorted((*_changes(snapshots), *shown, *named), key=attrgetter("at"))


def marks_of_account(reached: Iterable[Row]) -> list[Mark]:
    """Return the marks of an account's curve, oldest first: the games that were mastered or completed."""
    found = (row for row in reached if row["kind"] in FULL)
    marks = (Mark(row["at"], row["kind"], f"{row['kind']}: {_title(row)}") for row in found)
    return sorted(marks, key=attrgetter("at"))


def _title(row: Row) -> str:
    return row["title"] or f"Game {row['game_id']}"


def _changes(snapshots: Sequence[Row]) -> Iterator[Mark]:
    for row in snapshots:
        if row["kind"] in MARKED_KINDS:
            possible = row["num_possible_achievements"]
            revised = revision_text(possible - (row["num_possible_achievements_delta"] or 0), possible)
            text = f"{CHANGE_TEXTS[row['kind']]}: {revised}" if revised else CHANGE_TEXTS[row["kind"]]
            yield Mark(row["first_seen_at"], row["kind"], text)


def _full(snapshots: Sequence[Row]) -> Iterator[Mark]:
    """Yield when polls showed that all is unlocked: also again, after a set was revised."""
    for name, kind in (("num_achieved_hardcore", "mastered"), ("num_achieved", "completed")):
        was_complete = False
        for row in snapshots:
            is_complete = 0 < row["num_possible_achievements"] <= row[name]
            # Of a game that was complete at its first poll nobody knows since when, but for the award.
            if is_complete and not was_complete and row["kind"] != "baseline":
                yield Mark(row["first_seen_at"], kind, kind)
            was_complete = is_complete


def _is_same(mark: Mark, milestone: Milestone) -> bool:
    """Return whether an award, dated by the site, is what a poll showed; the poll comes later."""
    is_near = milestone.at is not None and abs(mark.at - milestone.at) <= COUNT_LAG
    return mark.kind == milestone.kind and is_near
