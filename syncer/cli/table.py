"""Aligned columns that fit the terminal; into a pipe all of them, without colour."""

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import click

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """`least`: it may shrink to so many cells (0: never). `goes`: dropped in this order, where room ends.

    `most`: one long text makes it no wider than that, for all the others (0: as wide as it needs).
    """

    name: str
    least: int = 0
    goes: int = 0
    most: int = 0


GAME = Column("game", least=12, most=60)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a colour that means something."""

    text: object
    colour: str | None = None


def harmless(text: object) -> str:
    """Without what a terminal would obey."""
    return CONTROLS.sub("\ufffd", str(text))


def colourful() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str | None) -> str:
    return click.style(text, fg=colour) if colour and colourful() else text


def room() -> int | None:
    """Cells of the terminal's line; None: no terminal, no limit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(columns: Sequence[str | Column], rows: Sequence[Sequence[object]]) -> None:
    made = [c if isinstance(c, Column) else Column(c) for c in columns]
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    shown, widths = fit(made, [[harmless(cell.text) for cell in row] for row in cells], room())
    right = [all(isinstance(row[n].text, (int, float)) for row in cells) for n in range(len(made))]
    for line in ([Cell(c.name) for c in made], *cells):
        pieces = [_piece(line[n], widths[n], right[n]) for n in shown]
        click.echo(GAP.join(pieces).rstrip())
    if len(shown) < len(made):
        left_out = ", ".join(c.name for n, c in enumerate(made) if n not in shown)
        click.echo(f"({left_out}: no room here; --json has all)", err=True)


def fit(
    columns: Sequence[Column], texts: Sequence[Sequence[str]], room: int | None
) -> tuple[list[int], list[int]]:
    """Which columns are shown, and how wide each is."""
    widths = [max(map(cell_width, (c.name, *(row[n] for row in texts)))) for n, c in enumerate(columns)]
    widths = [min(width, c.most or width) for c, width in zip(columns, widths, strict=True)]
    shown = list(range(len(columns)))
    if room is None:
        return shown, widths
    least = [min(c.least or width, width) for c, width in zip(columns, widths, strict=True)]
    for n in sorted((n for n in shown if columns[n].goes), key=lambda n: columns[n].goes):
        if _total(shown, least) > room:
            shown.remove(n)
    for n in shown:  # what may shrink does so no more than it must
        widths[n] = max(least[n], widths[n] - max(0, _total(shown, widths) - room))
    return shown, widths


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(GAP) * (len(shown) - 1)


def _piece(cell: Cell, width: int, right: bool) -> str:
    text = shortened(harmless(cell.text), width)
    blank = " " * (width - cell_width(text))
    return blank + paint(text, cell.colour) if right else paint(text, cell.colour) + blank


def cell_width(text: str) -> int:
    """Cells of a terminal: East Asian wide characters take two, combining ones none."""
    return sum(_cells(character) for character in text)


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
