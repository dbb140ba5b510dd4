"""The layout of a table: which columns a terminal has room for, and how wide they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .columns import SEPARATOR, Column, Measured

COMFORT = 12  # cells that a column of words keeps if they are needed
MAX_WORD = 24  # cells; a longer word may be broken


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, by number, and the width of each."""

    shown: list[int]
    widths: list[int]


def fit(columns: Sequence[Column], measured: Sequence[Measured], width: int) -> Layout | None:
    """Return the columns that fit into a width; None if not even the most important ones do.

    A column with one value goes first, then the others in their order; only then texts are broken that had
    better stay in one line.
    """
    shown = [n for n, c in enumerate(columns) if not c.under]
    needed = [min(m.width, c.max_width or m.width) for c, m in zip(columns, measured, strict=True)]
    smallest = [
        min(needed[n], max(COMFORT, _least(m))) if c.wraps else needed[n]
        for n, (c, m) in enumerate(zip(columns, measured, strict=True))
    ]
    for n in _droppable(columns, measured, shown):
        # Dropping a column leaves more room, so the sum is computed again for each.
        if _total(shown, smallest) > width:
            shown.remove(n)
    if _total(shown, smallest) > width:
        smallest = [min(wide, _least(m)) for wide, m in zip(smallest, measured, strict=True)]
    if _total(shown, smallest) > width:
        return None
    return Layout(shown, _shrink(shown, needed, smallest, width))


def _least(measured: Measured) -> int:
    """Return the cells of the longest word; one that is broken anyway takes no room from others."""
    return measured.word if measured.word <= MAX_WORD else COMFORT


def _droppable(columns: Sequence[Column], measured: Sequence[Measured], shown: Iterable[int]) -> list[int]:
    """Return the columns that may be dropped, in this order."""

    def has_one_value(n: int) -> bool:
        return measured[n].rows > 1 and measured[n].same is not None

    same = [n for n in shown if has_one_value(n) and (columns[n].same_only or columns[n].drop_order)]
    others = [n for n in shown if columns[n].drop_order and n not in same]
    return same + sorted(others, key=lambda n: columns[n].drop_order)


def _shrink(shown: Sequence[int], needed: Sequence[int], smallest: Sequence[int], width: int) -> list[int]:
    """Return the widths, of which the greatest give way until all fit."""
    widths = list(needed)
    while _total(shown, widths) > width:
        widths[max((n for n in shown if widths[n] > smallest[n]), key=lambda n: widths[n])] -= 1
    return widths


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(SEPARATOR) * (len(shown) - 1)
