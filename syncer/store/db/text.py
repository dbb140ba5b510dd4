"""The column type of texts: sanitised when they are read, as texts of the site are when they arrive.

Whoever can write to the database, or hands us a file of one, could else reach a terminal or a page.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from syncer.core.formats.text import BIDI

# Control characters but tab and line breaks; what overrides the direction of writing; lone surrogates.
# A range for GLOB of SQLite and for regular expressions alike; NUL ends a text for both, and is not in it.
UNSAFE = f"\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{BIDI}"
_UNSAFE = re.compile(f"[\0{UNSAFE}\ud800-\udfff]")


def sanitised(text: str) -> str:
    """Return the text with U+FFFD for each character that acts on a terminal or on what stands beside it."""
    return _UNSAFE.sub("\ufffd", text)


def _from_driver(text: str | None) -> str | None:
    # Most texts are printable, which str knows at once; rows are read by the thousand.
    return text if not isinstance(text, str) or text.isprintable() else sanitised(text)


class Text(sa.types.TypeDecorator[str]):
    """A text of any length that is read sanitised."""

    impl: Any = sa.Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return one plain function, without TypeDecorator's layers: rows are read by the thousand."""
        return _from_driver


class String(Text):
    """A text of limited length that is read sanitised."""

    impl = sa.String
    cache_ok = True
