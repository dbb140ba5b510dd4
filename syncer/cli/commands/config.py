"""syncer config"""

import click

from syncer.cli.output.table import Column, table
from syncer.cli.support.context import json_option, print_json, read_config


@click.group()
def config() -> None:
    """Check or show the configuration."""


@config.command()
def check() -> None:
    """Is it right? If not, every problem at once.

    Exit 78 where it is not. Warnings are told on stderr.
    """
    click.echo(f"The configuration is right: {read_config(check_services=True).summary}.")


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Each setting, its value and its origin.

    Defaults are included; keys and passwords are masked.
    """
    rows = read_config().shown
    if as_json:
        print_json({"settings": [{"name": n, "value": v, "origin": o} for n, v, o in rows]})
    else:
        table(["setting", Column("value", min_width=20), "from"], [[n, _short(v), o] for n, v, o in rows])


def _short(value: object) -> str:
    """As it would be written; a long list of games by its beginning."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
