"""syncer config"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence

import click

from syncer.app import open_app
from syncer.cli.output.columns import Column
from syncer.cli.output.common_settings import NOTE, share_common
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, is_terminal, pager, wrapped
from syncer.cli.support.config import read_config
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.cli.support.polling_notice import polling_notice
from syncer.cli.support.suggestions import SuggestingGroup
from syncer.config import Config
from syncer.core.clock import SystemClock
from syncer.core.errors import SyncerError
from syncer.store.db.revision import head, read_revision

MAX_ITEMS = 12  # of a list; there may be thousands of games


@click.group(cls=SuggestingGroup)
def config() -> None:
    """Check or show the configuration."""


@config.command()
def check() -> None:
    """Check the configuration and print every problem.

    Exit 78 if there is one. Warnings go to stderr and change no exit code. For players whose games may not
    fit one request, it says how often they are polled. A listed game that is known to be an event or a hub is
    named.
    """
    loaded = read_config(check_services=True, check_host=True)
    click.echo(f"The configuration is valid: {loaded.summary}.")
    for line in polling_notice(loaded):
        indent = len(line) - len(line.lstrip())
        click.echo(wrapped(with_config(line.lstrip()), line[:indent]))
    if events := listed_events(loaded):
        click.echo(describe_events(events))


def listed_events(config: Config) -> list[int]:
    """Return the configured ids that are stored as events or hubs; none without a readable database."""
    ids = {game_id for player in config.players for game_id in player.games}
    try:
        with open_app(config, SystemClock()) as app:
            # A database of another version has its own commands that say so.
            return app.queries.games.events(ids) if ids and read_revision(app.database) == head() else []
    except SyncerError:
        return []


def describe_events(events: list[int]) -> str:
    ids = ", ".join(map(str, events))
    if len(events) == 1:
        return f"Game {ids} is an event or a hub: it is polled, but no sum counts it."
    return f"Games {ids} are events or hubs: they are polled, but no sum counts them."


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Show each setting, its value and its origin.

    Defaults are included; keys and passwords are masked. What most of many players share is one row,
    players.*; --json has all of it.
    """
    rows = read_config().shown
    if as_json:
        print_json({"settings": [{"name": n, "value": v, "origin": o} for n, v, o in rows]})
    else:
        with pager():
            print_settings(rows)


def print_settings(rows: Sequence[tuple[str, object, str]]) -> None:
    """Print the settings; on a terminal files are named below the table, as their paths are long."""
    files = short_names({origin for _, _, origin in rows}) if is_terminal() else {}
    columns = ("setting", Column("value", wraps=True), "from")
    shown = share_common(rows)
    print_table(columns, [[name, as_text(value), files.get(origin, origin)] for name, value, origin in shown])
    if len(shown) < len(rows):
        echo(wrapped(NOTE))
    for path, name in sorted(files.items()):
        echo(wrapped(path, f"{name}: "))


def short_names(origins: Iterable[str]) -> dict[str, str]:
    """Return the name of each file among the origins, by its path; of files of one name none."""
    paths = [origin for origin in origins if os.path.isabs(origin)]
    names = Counter(os.path.basename(path) for path in paths)
    return {path: name for path in paths if names[name := os.path.basename(path)] == 1}


def as_text(value: object) -> str:
    """Return the value as TOML would have it; of a long list the beginning."""
    if isinstance(value, list):
        shown, more = value[:MAX_ITEMS], len(value) - MAX_ITEMS
        text = ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in shown)
        return f"[{text}]" if more <= 0 else f"[{text} and {more:,} more]"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
