"""Tables: fitted to the width of a terminal; complete and without colour in a pipe."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import click

from .characters import cell_width
from .columns import SEPARATOR, Cell, Column, Measured, Section, cell_text, measure
from .layout import fit
from .terminal import echo, is_paged, styled, terminal_width, wrapped


def print_table(
    columns: Sequence[str | Column],
    rows: Iterable[Any],
    to_cells: Callable[[Any], Sequence[object]] = tuple,
    *,
    width: int | None = None,
) -> None:
    """Print rows as aligned columns. `rows` is read twice, first for the widths, and may be large.

    `width`: of the lines; None: that of the terminal, and in a pipe lines of any length.
    A row may be a Section, which only terminals should get: programs read one row a line.
    """
    headed = [c if isinstance(c, Column) else Column(c) for c in columns]
    width = width or terminal_width()

    def cells() -> Iterator[Sequence[object] | Section]:
        return (row if isinstance(row, Section) else to_cells(row) for row in rows)

    measured = measure(headed, cells())
    # Converted again for the second pass: keeping the cells would hold a long history in memory.
    if width is None:
        _print_plain(headed, measured, cells())
        return
    from .drawn_table import draw_records, draw_table  # rich takes its time, which a pipe need not wait

    layout = fit(headed, measured, width)
    drawn = draw_table(headed, measured, layout, cells(), width) if layout else None
    for line in drawn or draw_records(headed, cells(), width):
        echo(line)
    if layout and (note := _left_out(headed, measured, layout.shown)):
        # Beside a pager it would be written across the screen.
        click.echo(wrapped(note), err=not is_paged())


def _left_out(columns: Sequence[Column], measured: Sequence[Measured], shown: Sequence[int]) -> str:
    """Return what a table does not show; empty if it shows all."""
    # A column that is empty in each row lacks nothing.
    missing = [n for n, c in enumerate(columns) if n not in shown and not c.under and measured[n].same != ""]
    same = [f"{columns[n].name} {measured[n].same}" for n in missing if measured[n].same is not None]
    others = [columns[n].name for n in missing if measured[n].same is None]
    parts = [f"in each row: {', '.join(same)}"] if same else []
    parts += [f"not enough room for: {', '.join(others)}; --json has everything"] if others else []
    return f"({'; '.join(parts)})" if parts else ""


def _print_plain(
    columns: Sequence[Column], measured: Sequence[Measured], rows: Iterable[Sequence[object] | Section]
) -> None:
    """Print one line for each row, however long."""
    for row in chain([[c.name for c in columns]], rows):
        cells = [row.text] if isinstance(row, Section) else row
        aligned = (_aligned(*parts) for parts in zip(cells, measured, columns, strict=False))
        echo(SEPARATOR.join(aligned).rstrip())


def _aligned(cell: object, measured: Measured, column: Column) -> str:
    text = cell_text(cell)
    # A text that is longer than its column moves the rest of its line only.
    padding = " " * (min(measured.width, column.max_width or measured.width) - cell_width(text))
    colour = cell.colour if isinstance(cell, Cell) else None
    return padding + styled(text, colour) if measured.is_numeric else styled(text, colour) + padding
