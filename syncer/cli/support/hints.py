"""Commands in a hint: they need the --config that this command was given."""

import re
from datetime import timedelta
from shlex import quote

import click

LONGER = (4, 52, 520)  # weeks
NO_PLAYER = "No player is polled yet. Try: syncer sync"


def with_config(text: str) -> str:
    """Return the text with `--config FILE` in each command to type, if this command was given one."""
    context = click.get_current_context(silent=True)
    root = context.find_root() if context else None
    path = root.obj.get("config") if root and root.obj else None
    if not root or path is None or not isinstance(root.command, click.Group):
        return text
    names = "|".join(root.command.list_commands(root))
    return re.sub(
        rf"(?<![\w/.-])syncer(?= (?:{names})\b)", lambda _: f"syncer --config {quote(str(path))}", text
    )


def longer_time(command: str, asked: timedelta) -> str:
    """Return how to ask a command about a longer time than `asked`; empty after ten years."""
    weeks = next((weeks for weeks in LONGER if asked < timedelta(weeks=weeks)), None)
    return f"For a longer time: {command} --since {weeks}w" if weeks else ""
