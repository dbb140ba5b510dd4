"""Text broken into lines by the cells that a terminal uses."""

import re

from .characters import cell_width

BLANKS = re.compile("[ \t\n]+")  # not the space that keeps words together


def broken_lines(text: str, width: int, first: int, further: int) -> list[str]:
    """Return a text broken between words. `first`, `further`: cells before the first line and the others.

    A word that is too long has a line of its own, as a reader may copy it: a path, a command. Writing without
    spaces, as Japanese, is broken anywhere.
    """
    lines, line, room = list[str](), "", width - first
    for word in BLANKS.split(text.strip()):
        for number, piece in enumerate(_pieces(word, width - max(first, further))):
            longer = f"{line} {piece}" if line and not number else line + piece
            if line and cell_width(longer) > room:
                lines.append(line)
                room, longer = width - further, piece
            line = longer
    return [*lines, line]


def _pieces(word: str, room: int) -> list[str]:
    if cell_width(word) <= room or cell_width(word) == len(word):
        return [word]
    from rich.cells import chop_cells

    return chop_cells(word, max(room, 2))
