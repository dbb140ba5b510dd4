"""Commands in a hint: they need the --config that this command was given."""

import re
from shlex import quote

import click

from syncer.cli.commands import COMMANDS

COMMAND = re.compile(rf"(?<![\w/.-])syncer(?= (?:{'|'.join(COMMANDS)})\b)")


def with_config(text: str) -> str:
    """Return the text with `--config FILE` in each command to type, if this command was given one."""
    context = click.get_current_context(silent=True)
    options = (context.find_root().obj if context else None) or {}
    path = options.get("config")
    if path is None:
        return text
    return COMMAND.sub(lambda _: f"syncer --config {quote(str(path))}", text)
