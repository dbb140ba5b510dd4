"""Characters as a terminal shows them: their width, and what stands for one that it cannot show."""

import sys
import unicodedata

UNICODE_ELLIPSIS, ASCII_ELLIPSIS = "…", "..."
STAND_INS = {
    UNICODE_ELLIPSIS: ASCII_ELLIPSIS,
    "·": ".",
    "×": "x",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    # The bars of a curve.
    **dict(zip("▁▂▃▄▅▆▇█", "12345678", strict=True)),
}


def cell_width(text: str) -> int:
    """Return the cells that a terminal uses: two for wide East Asian characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # imported where it is needed: most titles are ASCII

    return cell_len(text)


def ellipsis() -> str:
    """Return the mark of a shortened text that stdout can show."""
    try:
        UNICODE_ELLIPSIS.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return ASCII_ELLIPSIS
    return UNICODE_ELLIPSIS


def replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks by ASCII of the same width: an error handler of codecs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    if character in STAND_INS:
        return STAND_INS[character]
    # A letter with an accent is two characters then, of which ASCII has the first.
    decomposed = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return decomposed or "?" * cell_width(character)
