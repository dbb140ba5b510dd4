"""Texts of others as XML: what no document may hold is replaced, and what is too long is cut. Pure."""

import re
import unicodedata
from itertools import accumulate

from .text import BIDI

# What XML 1.0 allows in no form, and what changes the direction of the text beside it.
_FORBIDDEN = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{BIDI}\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_WIDE, _NARROW = frozenset("mwMW@%&"), frozenset(" ijlftrI.,:;'|!()[]-")
ELLIPSIS = "…"


def to_xml(text: str) -> str:
    """Return the text for an element or an attribute: it can be no markup, and always parses."""
    return _FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES)


def fit(text: str, size: float, width: float) -> str:
    """Return the text in one line, cut where it would be wider. `size`, `width`: pixels, of a usual font."""
    line = " ".join(text.split())
    if estimated_width(line, size) <= width:
        return line
    room = width - estimated_width(ELLIPSIS, size)
    ends = accumulate(estimated_width(character, size) for character in line)
    return line[: sum(end <= room for end in ends)].rstrip() + ELLIPSIS


def estimated_width(text: str, size: float) -> float:
    """Return about how many pixels a text takes, rather too many: fonts differ."""
    return size * sum(map(_width_of, text))


def _width_of(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.1
    if character in _WIDE or ord(character) > 0x24F:
        return 1.0
    if character in _NARROW:
        return 0.38
    return 0.74 if character.isupper() else 0.62
