"""Columns and cells of tables, and the room that they need."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .characters import cell_width

# Characters that a terminal would act on: control characters, zero-width and bidirectional ones.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
SEPARATOR = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table and how it gives way if the terminal is too narrow.

    `wraps`: its texts may take several lines. `same_only`: it is dropped only if all its cells are equal, and
    then before all others. `drop_order`: columns are dropped in this order (0: never). `max_width`: so that
    one long text does not widen the column for all (0: no limit). `comfort`: the cells that a column that
    wraps keeps, if they are needed, as long as others can be dropped. `under`: a terminal shows the texts
    below their rows, from the beginning of that column on.
    """

    name: str
    wraps: bool = False
    same_only: bool = False
    drop_order: int = 0
    max_width: int = 0
    comfort: int = 12
    under: str = ""


GAME = Column("game", wraps=True, max_width=60, comfort=20)
PLAYER = Column("player", same_only=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a colour. `lines`: a list of texts instead, joined in a pipe."""

    text: object = ""
    colour: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A line between rows, as wide as the table."""

    text: str


@dataclass(slots=True)
class Measured:
    """What the cells of a column need. `word`: of their longest word. `same`: their text if it is one."""

    width: int
    word: int
    is_numeric: bool = True
    same: str | None = None
    rows: int = 0

    def add(self, cell: object) -> None:
        """Take one more cell into account."""
        text = cell_text(cell)
        self.is_numeric = self.is_numeric and (cell == "" or isinstance(cell, int | float))
        self.same = text if self.rows == 0 or self.same == text else None
        self.rows += 1
        if (width := cell_width(text)) > self.word:  # else no word of it is longer
            self.width = max(self.width, width)
            self.word = max(self.word, longest_word(text))


def strip_controls(text: object) -> str:
    """Return the text with every character that a terminal would act on replaced."""
    return CONTROLS.sub("\ufffd", str(text))


def longest_word(text: str) -> int:
    """Return the cells of the longest word."""
    return max(map(cell_width, text.split()), default=0)


def measure(columns: Sequence[Column], rows: Iterable[Sequence[object] | Section]) -> list[Measured]:
    """Return what each column needs."""
    measured = [Measured(cell_width(c.name), longest_word(c.name)) for c in columns]
    for row in rows:
        if not isinstance(row, Section):
            for found, cell in zip(measured, row, strict=True):
                found.add(cell)
    return measured


def cell_text(cell: object) -> str:
    """Return the text of a cell; a number is a count (an id is to be passed as text)."""
    if isinstance(cell, Cell):
        return strip_controls(", ".join(cell.lines)) if cell.lines else cell_text(cell.text)
    return f"{cell:,}" if type(cell) is int else strip_controls(cell)
