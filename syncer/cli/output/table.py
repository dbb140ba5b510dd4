"""Aligned columns that fit the terminal; into a pipe all of them, without colour."""

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import click

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """`least`: it may shrink to so many cells (0: never). `goes`: dropped in this order, where room ends.

    `most`: one long text makes it no wider than that, for all the others (0: as wide as it needs).
    """

    name: str
    min_width: int = 0
    drop_order: int = 0
    max_width: int = 0


GAME = Column("game", min_width=12, max_width=60)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a colour that means something."""

    text: object
    colour: str | None = None


def strip_controls(text: object) -> str:
    """Without what a terminal would obey."""
    return CONTROLS.sub("\ufffd", str(text))


def colourful() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, colour: str | None) -> str:
    return click.style(text, fg=colour) if colour and colourful() else text


def terminal_width() -> int | None:
    """Cells of the terminal's line; None: no terminal, no limit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(
    columns: Sequence[str | Column], rows: Iterable[Any], cells: Callable[[Any], Sequence[object]] = tuple
) -> None:
    """`cells`: those of a row. The rows are gone through twice, first for the widths: they may be many."""
    made = [c if isinstance(c, Column) else Column(c) for c in columns]
    needed, right = measured(made, map(cells, rows))
    shown, widths = fit(made, needed, terminal_width())
    for line in chain([[c.name for c in made]], map(cells, rows)):
        click.echo(GAP.join(_piece(line[n], widths[n], right[n]) for n in shown).rstrip())
    if len(shown) < len(made):
        left_out = ", ".join(c.name for n, c in enumerate(made) if n not in shown)
        click.echo(f"({left_out}: no room here; --json has all)", err=True)


def measured(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> tuple[list[int], list[bool]]:
    """How wide each column would be, and whether there are only numbers in it."""
    widths, numbers = [cell_width(c.name) for c in columns], [True] * len(columns)
    for row in rows:
        for n, cell in enumerate(row):
            numbers[n] = numbers[n] and isinstance(cell, int | float)
            widths[n] = max(widths[n], cell_width(_text(cell)))
    return [min(width, c.max_width or width) for c, width in zip(columns, widths, strict=True)], numbers


def fit(
    columns: Sequence[Column], needed: Sequence[int], terminal_width: int | None
) -> tuple[list[int], list[int]]:
    """Which columns are shown, and how wide each is."""
    widths, shown = list(needed), list(range(len(columns)))
    if terminal_width is None:
        return shown, widths
    least = [min(c.min_width or width, width) for c, width in zip(columns, widths, strict=True)]
    for n in sorted((n for n in shown if columns[n].drop_order), key=lambda n: columns[n].drop_order):
        if _total(shown, least) > terminal_width:
            shown.remove(n)
    for n in shown:  # what may shrink does so no more than it must
        widths[n] = max(least[n], widths[n] - max(0, _total(shown, widths) - terminal_width))
    return shown, widths


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(GAP) * (len(shown) - 1)


def _text(cell: object) -> str:
    return strip_controls(cell.text if isinstance(cell, Cell) else cell)


def _piece(cell: object, width: int, right: bool) -> str:
    text, colour = shortened(_text(cell), width), cell.colour if isinstance(cell, Cell) else None
    blank = " " * (width - cell_width(text))
    return blank + styled(text, colour) if right else styled(text, colour) + blank


def cell_width(text: str) -> int:
    """Cells of a terminal: East Asian wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) > width - 1:
        text = text[:-1]
    return text + "…"
