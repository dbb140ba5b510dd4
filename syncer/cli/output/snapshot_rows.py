"""Cells of a table of snapshots: counts with deltas, the kind of change, and names of achievements."""

from collections.abc import Sequence
from typing import Any

from syncer.core.milestones.texts import change_text
from syncer.core.model.progress import PROGRESS_COLUMNS, Progress
from syncer.store.read.change_details import progress_before

from .columns import Cell, Column

# Green: gained; magenta: an award; red: lost; cyan: changed by the site; yellow: not certain, or after a gap.
COLOURS = {
    "unlock": "green",
    "hardcore_upgrade": "green",
    "returned": "green",
    "reset": "red",
    "demoted": "red",
    "gone": "red",
    "set_revised": "cyan",
    "reweighted": "cyan",
    "restored": "cyan",
    "unconfirmed": "yellow",
}
AWARD_COLOUR, GAP_COLOUR = "magenta", "yellow"
POSSIBLE = {
    "num_achieved": "num_possible_achievements",
    "num_achieved_hardcore": "num_possible_achievements",
    "score_achieved": "possible_score",
}
MAX_NAMES = 5  # achievements of one change
ACHIEVEMENTS = Column("achievements", under="game")


def count_cells(row: dict[str, Any]) -> list[str]:
    """Return unlocked, hardcore and points, such as 3/4 (+1)."""
    return [f"{row[name]:,}/{row[of]:,}{_delta(row[f'{name}_delta'])}" for name, of in POSSIBLE.items()]


def _delta(change: int | None) -> str:
    return f" ({change:+,d})" if change else ""


def kind_cell(row: dict[str, Any]) -> Cell:
    """Return what changed, in the words of players, and whether it may have happened long before."""
    gap = ", after a gap" if row["after_gap"] else ""
    colour = AWARD_COLOUR if row["award"] else GAP_COLOUR if row["kind"] == "resumed" else None
    return Cell(describe_change(row) + gap, colour or COLOURS.get(row["kind"]))


def describe_change(row: dict[str, Any]) -> str:
    """Return what changed: mastered, or set revised: 34 -> 35 achievements."""
    after = Progress(*(row[name] for name in PROGRESS_COLUMNS))
    return change_text(row["kind"], progress_before(row), after, row["award"])


def names_cell(unlocks: Sequence[dict[str, Any]]) -> Cell:
    """Return the names of the achievements of one change, each with its points."""
    names = [
        f"{unlock['title'] or unlock['achievement_id']} ({unlock['points']:,}{_mode(unlock)})"
        for unlock in unlocks[:MAX_NAMES]
    ]
    more = [f"and {len(unlocks) - MAX_NAMES:,} more"] if len(unlocks) > MAX_NAMES else []
    return Cell(lines=(*names, *more))


def _mode(unlock: dict[str, Any]) -> str:
    if unlock["is_upgrade"]:
        return ", now in hardcore"
    return "" if unlock["hardcore"] else ", softcore"
