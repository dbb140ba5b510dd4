"""Rows as csv, safe for spreadsheets, and as JSON Lines."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from syncer.cli.support.context import json_default
from syncer.core.formats.timestamps import format_utc

Rows = Sequence[Sequence[Any]]
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # or apostrophes and that: taking one away undoes it


def escape_formula(text: str) -> str:
    """A spreadsheet shows it as it is, and obeys nothing in it."""
    return f"'{text}" if FORMULA.match(text) else text


class Csv:
    """RFC 4180: a line of names, then the rows; null is an empty cell, moments are in UTC."""

    def __init__(self, columns: Sequence[str], *, raw: bool = False) -> None:
        self._cells: dict[type, Callable[[Any], str]] = {
            datetime: format_utc,
            date: date.isoformat,
            bool: lambda value: "true" if value else "false",
        }
        if not raw:
            self._cells[str] = escape_formula
        self.head = self.lines([columns])

    def lines(self, rows: Rows) -> str:
        page, cells = io.StringIO(newline=""), self._cells
        csv.writer(page).writerows(
            [cells[type(value)](value) if type(value) in cells else value for value in row] for row in rows
        )
        return page.getvalue()


class JsonLines:
    """One object a line, in ASCII: no reader can take a title's odd characters for the end of a line."""

    head = ""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._encode = json.JSONEncoder(default=json_default).encode

    def lines(self, rows: Rows) -> str:
        return "".join(f"{self._encode(dict(zip(self._columns, row, strict=True)))}\n" for row in rows)
