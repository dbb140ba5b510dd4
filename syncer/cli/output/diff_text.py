"""The text of `syncer diff`: the sums of each player, the rows, and what is older than the first poll."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from syncer.app import App
from syncer.core.formats.text import name_some, pluralize
from syncer.core.milestones.texts import CHANGE_TEXTS, revision_text
from syncer.store.read.base import Row

from .columns import GAME, PLAYER, Cell, Column
from .snapshot_rows import count_cells
from .times import format_local

COLUMNS = (
    PLAYER,
    GAME,
    "unlocked",
    Column("hardcore", drop_order=1),
    Column("points", drop_order=2),
    Column("state", wraps=True, drop_order=3),
)
STATES = {"first_poll": "first poll in between", "removed": "not followed any more", "changed": ""}
FEW = 5  # games of a player that were polled for the first time and are listed all the same
UNCERTAIN = {"between": "between two polls", "gap": "in a gap"}


def summary(found: Iterable[Row]) -> str:
    """Return the sums of the games that have both states."""
    changed = [row for row in found if row["kind"] == "changed"]
    unlocked, hardcore, points = (
        sum(row[f"{name}_delta"] for row in changed)
        for name in ("num_achieved", "num_achieved_hardcore", "score_achieved")
    )
    games = pluralize(len(changed), "game")
    return f"{unlocked:+,} achievements ({hardcore:+,} in hardcore), {points:+,} points, in {games}"


def headlines(found: Sequence[Row], moments: str) -> list[str]:
    """Return the sums; of several players a line for each, as the same game may be in the rows of many."""
    sums = [(name, summary(rows)) for name, rows in groupby(found, key=lambda row: row["username"])]
    if len(sums) == 1:
        return [f"Between {moments}: {sums[0][1]}."]
    return [f"Between {moments}:", *(f"  {name}: {text}" for name, text in sums)]


def first_polls(polled: Mapping[str, datetime], since: str, app: App) -> str:
    """Return whose first poll lies in between, and the command that shows what was unlocked before it."""
    names = [f"{name} ({format_local(at, app)})" for name, at in polled.items()]
    return (
        f"First polled in between: {name_some(names, 3)}. What was unlocked before that is known from the "
        f"site's dates: syncer unlocks --since {since}. What changed after it: "
        f"syncer changes --since {since}"
    )


def counted_first_polls(found: Iterable[Row]) -> dict[str, int]:
    """Return how many games were polled for the first time, by player; a few are listed instead."""
    counts = Counter(row["username"] for row in found if row["kind"] == "first_poll")
    return {name: count for name, count in counts.items() if count > FEW}


def first_poll_counts(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each player with how many games are not listed."""
    lines = [f"{name}: {count:,} games were polled for the first time." for name, count in counts.items()]
    return [*lines[:-1], f"{lines[-1]} To list them, add --all."] if lines else []


def cells(row: Row, *, is_present: bool) -> list[object]:
    """Return the cells of a game. At present every game is after its last poll: that is not said."""
    ends = [
        row["coverage_from"],
        None if is_present and row["coverage_to"] == "between" else row["coverage_to"],
    ]
    uncertain = (UNCERTAIN.get(end or "", "") for end in ends)
    notes = [STATES[row["kind"]], _revision(row), *dict.fromkeys(uncertain)]
    title = row["title"] or str(row["game_id"])
    return [row["username"], title, *count_cells(row), Cell(", ".join(filter(None, notes)), "yellow")]


def _revision(row: Row) -> str:
    """Return how the site changed the set; empty if it did not, or if one of the states is not known."""
    possible, change = row["num_possible_achievements"], row["num_possible_achievements_delta"]
    if change:
        return revision_text(possible - change, possible)
    return CHANGE_TEXTS["reweighted"] if row["possible_score_delta"] else ""
