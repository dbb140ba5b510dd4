"""How a stretch is shown: counts with what changed, the name of the change, and its colour."""

from datetime import datetime
from typing import Any

from syncer.app import App

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
}
POSSIBLE = {
    "num_achieved": "num_possible_achievements",
    "num_achieved_hardcore": "num_possible_achievements",
    "score_achieved": "possible_score",
}


def numbers(row: dict[str, Any]) -> list[str]:
    """Unlocked, hardcore and points: how many of how many, and what changed."""
    return [f"{row[name]}/{row[of]}{_delta(row[f'{name}_delta'])}" for name, of in POSSIBLE.items()]


def _delta(change: int | None) -> str:
    return f" ({change:+d})" if change else ""


def kind(row: dict[str, Any]) -> Cell:
    if row["kind"] == "resumed":
        return Cell("resumed, after a gap", "yellow")
    gap = ", after a gap" if row["after_gap"] else ""
    return Cell(row["kind"] + gap, COLOURS.get(row["kind"]))


def day(moment: datetime | None, app: App) -> str:
    """In the player's time zone."""
    return f"{moment.astimezone(app.config.zone):%Y-%m-%d}" if moment else "the first look"


def time_of_day(moment: datetime, app: App) -> str:
    return f"{moment.astimezone(app.config.zone):%H:%M}"
