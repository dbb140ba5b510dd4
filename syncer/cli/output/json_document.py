"""JSON on stdout: one document a command."""

import json
from datetime import datetime
from typing import Any

import click

from syncer.core.formats.timestamps import format_utc


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, default=to_json_value))


def to_json_value(value: Any) -> str:
    """Return the text for a value that JSON has no type for; times are ISO-8601 in UTC."""
    # JSON calls this for what it cannot encode: times, and dates of the table daily_progress.
    return format_utc(value) if isinstance(value, datetime) else str(value)
