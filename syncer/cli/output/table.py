"""Tables: fitted to the width of a terminal; complete and without colour in a pipe."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import click

from .characters import cell_width, ellipsis

# Characters that a terminal would act on: control characters, zero-width and bidirectional ones.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
SEPARATOR = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table and how it gives way if the terminal is too narrow.

    `min_width`: cells to which it may shrink (0: it may not). `drop_order`: columns are dropped in this
    order (0: never). `max_width`: so that one long text does not widen the column for all (0: no limit).
    """

    name: str
    min_width: int = 0
    drop_order: int = 0
    max_width: int = 0


GAME = Column("game", min_width=12, max_width=60)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a colour."""

    text: object
    colour: str | None = None


def strip_controls(text: object) -> str:
    """Return the text with every character that a terminal would act on replaced."""
    return CONTROLS.sub("\ufffd", str(text))


def is_colour_wanted() -> bool:
    # An empty NO_COLOR has no effect, by the convention of no-color.org.
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, colour: str | None) -> str:
    return click.style(text, fg=colour) if colour and is_colour_wanted() else text


def terminal_width() -> int | None:
    """Return the cells in a line of the terminal; None if stdout is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_table(
    columns: Sequence[str | Column], rows: Iterable[Any], to_cells: Callable[[Any], Sequence[object]] = tuple
) -> None:
    """Print rows as aligned columns. `rows` is read twice, first for the widths, and may be large."""
    headed = [c if isinstance(c, Column) else Column(c) for c in columns]
    needed, is_numeric = measure(headed, map(to_cells, rows))
    shown, widths = fit(headed, needed, terminal_width())
    # Converted again for the second pass: keeping the cells would hold a long history in memory.
    for line in chain([[c.name for c in headed]], map(to_cells, rows)):
        click.echo(SEPARATOR.join(_aligned(line[n], widths[n], is_numeric[n]) for n in shown).rstrip())
    if len(shown) < len(headed):
        left_out = ", ".join(c.name for n, c in enumerate(headed) if n not in shown)
        click.echo(f"(not enough room for: {left_out}; --json has everything)", err=True)


def measure(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> tuple[list[int], list[bool]]:
    """Return for each column the width that it needs and whether it holds only numbers."""
    widths, is_numeric = [cell_width(c.name) for c in columns], [True] * len(columns)
    for row in rows:
        for n, cell in enumerate(row):
            is_numeric[n] = is_numeric[n] and isinstance(cell, int | float)
            widths[n] = max(widths[n], cell_width(_text(cell)))
    return [min(width, c.max_width or width) for c, width in zip(columns, widths, strict=True)], is_numeric


def fit(
    columns: Sequence[Column], needed: Sequence[int], terminal_width: int | None
) -> tuple[list[int], list[int]]:
    """Return the columns that are shown and the width of each.

    Columns are dropped while even the smallest widths are too wide; then the rest shrink only as needed.
    """
    widths, shown = list(needed), list(range(len(columns)))
    if terminal_width is None:
        return shown, widths
    smallest = [min(c.min_width or width, width) for c, width in zip(columns, widths, strict=True)]
    # Dropping a column leaves more room, so the sum is computed again for each.
    for n in sorted((n for n in shown if columns[n].drop_order), key=lambda n: columns[n].drop_order):
        if _total(shown, smallest) > terminal_width:
            shown.remove(n)
    for n in shown:
        widths[n] = max(smallest[n], widths[n] - max(0, _total(shown, widths) - terminal_width))
    return shown, widths


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(SEPARATOR) * (len(shown) - 1)


def _text(cell: object) -> str:
    """Return the text of a cell; a number is a count (an id is to be passed as text)."""
    value = cell.text if isinstance(cell, Cell) else cell
    return f"{value:,}" if type(value) is int else strip_controls(value)


def _aligned(cell: object, width: int, right: bool) -> str:
    text, colour = shorten(_text(cell), width), cell.colour if isinstance(cell, Cell) else None
    padding = " " * (width - cell_width(text))
    return padding + styled(text, colour) if right else styled(text, colour) + padding


def shorten(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    mark = ellipsis()
    while text and cell_width(text) > width - len(mark):
        text = text[:-1]
    return text + mark
