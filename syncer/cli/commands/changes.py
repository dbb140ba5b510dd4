"""syncer changes"""

from typing import Any

import click

from syncer.app import App
from syncer.cli.output.snapshot_rows import day, kind, numbers, time_of_day
from syncer.cli.output.table import GAME, Column, table, terminal_width
from syncer.cli.support.context import WHEN, json_option, open_readonly, player_option, print_json, span

COLUMNS = (
    "day",
    "at",
    Column("player", min_width=8, drop_order=3),
    GAME,
    "unlocked",
    Column("hardcore", drop_order=1),
    Column("points", drop_order=2),
    "change",
)


@click.command(epilog=WHEN)
@click.option(
    "--since", default="7d", show_default=True, metavar="WHEN", help="Only what was seen since then."
)
@click.option("--until", metavar="WHEN", help="Only what was seen by then.")
@click.option("--all", "everything", is_flag=True, help="First looks and those after a gap, as well.")
@player_option
@json_option
def changes(since: str, until: str | None, everything: bool, name: str | None, as_json: bool) -> None:
    """What changed, newest first, by day in your time zone.

    \b
    Examples:
      syncer changes
      syncer changes --since 4w --player MaxMilyin
    """
    with open_readonly() as app:
        start, end = span(since, until, app)
        whose = [who.id for who in app.queries.players.select(name)]
        found = app.queries.history.changes(whose, start, end, everything=everything)
        if as_json:
            print_json({"since": start, "until": end, "changes": found})
        elif not found:
            click.echo(f"Nothing changed since {day(start, app)}. A longer time: syncer changes --since 4w")
        else:
            show(found, app)


def show(found: list[dict[str, Any]], app: App) -> None:
    """On a terminal a day is named once; into a pipe in each row, so that each stands for itself."""
    rows: list[list[object]] = []
    named = ""
    for change in found:
        date = day(change["first_seen_at"], app)
        rows.append(["" if date == named and terminal_width() else date, *row(change, app)])
        named = date
    table(COLUMNS, rows)


def row(change: dict[str, Any], app: App) -> list[object]:
    game = change["title"] or change["game_id"]
    return [
        time_of_day(change["first_seen_at"], app),
        change["username"],
        game,
        *numbers(change),
        kind(change),
    ]
