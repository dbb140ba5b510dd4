"""Rows as CSV that is safe to open in a spreadsheet, and as JSON Lines."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from syncer.core.formats.timestamps import format_utc

from .json_document import to_json_value

Rows = Sequence[Sequence[Any]]
# Also apostrophes followed by such a sign: so that removing one apostrophe restores every stored text.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def escape_formula(text: str) -> str:
    """Return the text with an apostrophe in front if a spreadsheet would evaluate it."""
    return f"'{text}" if FORMULA.match(text) else text


class Csv:
    """CSV by RFC 4180: a header line, then the rows. None is an empty cell, times are in UTC."""

    def __init__(self, columns: Sequence[str], *, raw: bool = False) -> None:
        self._formats: dict[type, Callable[[Any], str]] = {
            datetime: format_utc,
            date: date.isoformat,
            bool: lambda value: "true" if value else "false",
        }
        if not raw:
            self._formats[str] = escape_formula
        self.header = self.lines([columns])

    def lines(self, rows: Rows) -> str:
        # newline="": the line ends of RFC 4180 (CRLF) that csv writes stay as they are.
        text, formats = io.StringIO(newline=""), self._formats
        csv.writer(text).writerows(
            # By type() and not isinstance(): a datetime is a date, too, and a bool an int.
            [formats[type(value)](value) if type(value) in formats else value for value in row]
            for row in rows
        )
        return text.getvalue()


class JsonLines:
    """One JSON object a line, in ASCII: some readers take U+2028 in a title for the end of a line."""

    header = ""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._encode = json.JSONEncoder(default=to_json_value).encode

    def lines(self, rows: Rows) -> str:
        return "".join(f"{self._encode(dict(zip(self._columns, row, strict=True)))}\n" for row in rows)
