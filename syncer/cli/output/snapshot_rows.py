"""Cells of a table that shows snapshots: counts with deltas, and the kind of change with its colour."""

from typing import Any

from .table import Cell

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
POSSIBLE = {
    "num_achieved": "num_possible_achievements",
    "num_achieved_hardcore": "num_possible_achievements",
    "score_achieved": "possible_score",
}


def count_cells(row: dict[str, Any]) -> list[str]:
    """Return unlocked, hardcore and points, such as 3/4 (+1)."""
    return [f"{row[name]:,}/{row[of]:,}{_delta(row[f'{name}_delta'])}" for name, of in POSSIBLE.items()]


def _delta(change: int | None) -> str:
    return f" ({change:+,d})" if change else ""


def kind_cell(row: dict[str, Any]) -> Cell:
    if row["kind"] == "resumed":
        return Cell("resumed, after a gap", "yellow")
    gap = ", after a gap" if row["after_gap"] else ""
    return Cell(row["kind"] + gap, COLOURS.get(row["kind"]))
