"""JSON on stdout: one document a command."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from syncer.core.formats.timestamps import format_utc


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, default=to_json_value))


def print_json_rows(head: dict[str, Any], name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Print what print_json() prints for `head` with all rows as its last entry, in constant memory."""
    start = json.dumps(head | {name: []}, indent=2, default=to_json_value).removesuffix("]\n}")
    is_empty = True
    for row in rows:
        entry = json.dumps(row, indent=2, default=to_json_value)
        # Texts hold no line ends: JSON escapes them.
        sys.stdout.write(f"{start if is_empty else ','}\n    " + entry.replace("\n", "\n    "))
        is_empty = False
    sys.stdout.write(f"{start}]\n}}\n" if is_empty else "\n  ]\n}\n")
    sys.stdout.flush()  # an error belongs to this command, not to the end of the process


def to_json_value(value: Any) -> str:
    """Return the text for a value that JSON has no type for; times are ISO-8601 in UTC."""
    # JSON calls this for what it cannot encode: times, and dates of the table daily_progress.
    return format_utc(value) if isinstance(value, datetime) else str(value)
