"""Tables on a terminal, drawn by rich: texts wrap between words, and nothing is cut."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .columns import SEPARATOR, Cell, Column, Measured, Section, cell_text, strip_controls
from .layout import Layout
from .terminal import is_colour_wanted

CHUNK = 100  # rows that are drawn at once, so that a pager has the first screen at once
BLANKS = re.compile(r" +((?:\x1b\[0m)?)$")  # at the end of a line


def draw_table(
    columns: Sequence[Column],
    measured: Sequence[Measured],
    layout: Layout,
    rows: Iterable[Sequence[object] | Section],
    width: int,
) -> Iterator[str]:
    """Yield the lines of a table; all rows have the same widths, however many there are."""
    console, begins = make_console(width), _begins(columns, layout)
    yield from lines_of(console, _table(columns, measured, layout, has_header=True))
    for part in blocks(rows):
        if isinstance(part, Section):
            yield from lines_of(console, Text(strip_controls(part.text), "bold"))
            continue
        table = _table(columns, measured, layout, has_header=False)
        for row in part:
            table.add_row(*(Text(cell_text(row[n]), _colour(row[n])) for n in layout.shown))
        yield from lines_of(console, table)
        for begin, text in _notes(columns, part[-1], begins):
            yield from lines_of(console, Padding(text, (0, 0, 0, begin)))


def blocks(rows: Iterable[Sequence[object] | Section]) -> Iterator[Section | list[Sequence[object]]]:
    """Yield the sections, and the rows that are drawn at once: up to one with texts below it."""
    block: list[Sequence[object]] = []
    for row in rows:
        if isinstance(row, Section):
            if block:
                yield block
            yield row
            block = []
            continue
        block.append(row)
        if len(block) == CHUNK or any(isinstance(cell, Cell) and cell.lines for cell in row):
            yield block
            block = []
    if block:
        yield block


def _begins(columns: Sequence[Column], layout: Layout) -> dict[str, int]:
    """Return where each column begins, by its name."""
    found, begin = dict[str, int](), 0
    for n in layout.shown:
        found[columns[n].name] = begin
        begin += layout.widths[n] + len(SEPARATOR)
    return found


def _notes(
    columns: Sequence[Column], row: Sequence[object], begins: Mapping[str, int]
) -> Iterator[tuple[int, Text]]:
    """Yield the texts below a row, each with where it begins: they may be as wide as the rest of the line."""
    for column, cell in zip(columns, row, strict=True):
        if column.under and isinstance(cell, Cell) and cell.lines:
            yield begins.get(column.under, 0), Text(cell_text(cell), "dim")


def draw_records(
    columns: Sequence[Column], rows: Iterable[Sequence[object] | Section], width: int
) -> Iterator[str]:
    """Yield the rows of a table that fits in no way: one line for each cell, and a blank line after each."""
    console = make_console(width)
    names = max(len(column.name) for column in columns)
    for row in rows:
        if isinstance(row, Section):
            yield from lines_of(console, Text(strip_controls(row.text), "bold"))
            continue
        grid = Table.grid(padding=(0, len(SEPARATOR), 0, 0))
        grid.add_column(width=min(names, width // 3), overflow="fold")
        grid.add_column(overflow="fold")
        for column, cell in zip(columns, row, strict=True):
            if text := cell_text(cell):
                grid.add_row(Text(column.name, "dim"), Text(text, _colour(cell)))
        yield from lines_of(console, grid)
        yield ""


def make_console(width: int) -> Console:
    """Return a console that draws into a text, with the colours that stdout shows."""
    colours = "standard" if is_colour_wanted() else None
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system=colours,  # type: ignore[arg-type]
        no_color=colours is None,
        highlight=False,
        legacy_windows=False,
    )


def lines_of(console: Console, drawn: Table | Text | Padding) -> Iterator[str]:
    """Yield the lines of what is drawn, without blanks at their ends."""
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        yield BLANKS.sub(r"\1", line)


def _table(
    columns: Sequence[Column], measured: Sequence[Measured], layout: Layout, *, has_header: bool
) -> Table:
    table = Table(
        box=None, show_header=has_header, pad_edge=False, padding=(0, len(SEPARATOR), 0, 0), header_style=""
    )
    for n in layout.shown:
        side = "right" if measured[n].is_numeric else "left"
        table.add_column(
            Text(columns[n].name, "bold"),
            width=layout.widths[n],
            justify=side,  # type: ignore[arg-type]
            overflow="fold",
        )
    return table


def _colour(cell: object) -> str:
    return (cell.colour if isinstance(cell, Cell) else None) or ""
