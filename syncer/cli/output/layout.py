"""The layout of a table: which columns a terminal has room for, and how wide they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .columns import SEPARATOR, Column, Measured

MAX_WORD = 24  # cells; a longer word may be broken
MIN_BROKEN = 12  # cells that are left to one


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, by number, and the width of each."""

    shown: list[int]
    widths: list[int]


def fit(columns: Sequence[Column], measured: Sequence[Measured], width: int) -> Layout | None:
    """Return the columns that fit into a width; None if not even the most important ones do.

    A column with one value goes before a text is broken, then the others in their order before texts get less
    room than their columns are comfortable with. Last, texts are broken that had better stay in one line.
    """
    shown = [n for n, c in enumerate(columns) if not c.under]
    needed = [min(m.width, c.max_width or m.width) for c, m in zip(columns, measured, strict=True)]
    smallest = [
        min(needed[n], max(c.comfort, _least(m))) if c.wraps else needed[n]
        for n, (c, m) in enumerate(zip(columns, measured, strict=True))
    ]
    same, others = _droppable(columns, measured, shown)
    # Dropping a column leaves more room, so the sum is computed again for each.
    for n in same:
        if _total(shown, needed) > width:
            shown.remove(n)
    for n in others:
        if _total(shown, smallest) > width:
            shown.remove(n)
    least = [min(wide, _least(m)) for wide, m in zip(smallest, measured, strict=True)]
    if _total(shown, smallest) > width:
        # Texts that wrap become narrower before dates and numbers are broken.
        wrapped = zip(columns, least, needed, strict=True)
        smallest = [narrow if column.wraps else wide for column, narrow, wide in wrapped]
    if _total(shown, smallest) > width:
        smallest = least
    if _total(shown, smallest) > width:
        return None
    return Layout(shown, _shrink(shown, needed, smallest, width))


def _least(measured: Measured) -> int:
    """Return the cells of the longest word; one that is broken anyway takes no room from others."""
    return measured.word if measured.word <= MAX_WORD else MIN_BROKEN


def _droppable(
    columns: Sequence[Column], measured: Sequence[Measured], shown: Iterable[int]
) -> tuple[list[int], list[int]]:
    """Return the columns that may be dropped, each list in this order: those with one value, the others."""

    def has_one_value(n: int) -> bool:
        return measured[n].rows > 1 and measured[n].same is not None

    same = [n for n in shown if has_one_value(n) and (columns[n].same_only or columns[n].drop_order)]
    others = [n for n in shown if columns[n].drop_order and n not in same]
    return same, sorted(others, key=lambda n: columns[n].drop_order)


def _shrink(shown: Sequence[int], needed: Sequence[int], smallest: Sequence[int], width: int) -> list[int]:
    """Return the widths, of which the greatest give way until all fit."""
    widths = list(needed)
    while _total(shown, widths) > width:
        widths[max((n for n in shown if widths[n] > smallest[n]), key=lambda n: widths[n])] -= 1
    return widths


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(SEPARATOR) * (len(shown) - 1)
