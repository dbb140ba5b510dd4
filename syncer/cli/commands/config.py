"""syncer config"""

import click

from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import Column, print_table
from syncer.cli.support.config import read_config
from syncer.cli.support.options import json_option

MAX_VALUE_LENGTH = 60  # characters; a list of games can have thousands


@click.group()
def config() -> None:
    """Check or show the configuration."""


@config.command()
def check() -> None:
    """Check the configuration and print every problem.

    Exit 78 if there is one. Warnings go to stderr and change no exit code.
    """
    click.echo(f"The configuration is valid: {read_config(check_services=True).summary}.")


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Show each setting, its value and its origin.

    Defaults are included; keys and passwords are masked.
    """
    rows = read_config().shown
    if as_json:
        print_json({"settings": [{"name": n, "value": v, "origin": o} for n, v, o in rows]})
    else:
        columns = ("setting", Column("value", min_width=20), "from")
        print_table(columns, [[name, _shorten(value), origin] for name, value, origin in rows])


def _shorten(value: object) -> str:
    """Return the value as TOML would have it, shortened."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"
