"""syncer history"""

import csv
import sys
from typing import Any

import click

from syncer.app import App
from syncer.core.model import NUMBERS
from syncer.core.when import in_utc

from .common import WHEN, game_id, json_option, local, player_option, print_json, reading, when
from .spark import sparkline
from .stretch import kind, numbers
from .table import Column, harmless, room, table

COLUMNS = (
    "from",
    Column("to", goes=3),
    Column("looks", goes=1),
    "unlocked",
    Column("hardcore", goes=2),
    "points",
    "change",
)


@click.command(epilog=WHEN)
@click.argument("words", metavar="GAME")
@click.option("--since", metavar="WHEN", help="Only stretches that were still seen then or later.")
@click.option("--until", metavar="WHEN", help="Only stretches that began by then.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values instead; times are UTC.")
@player_option
@json_option
def history(
    words: str, since: str | None, until: str | None, as_csv: bool, name: str | None, as_json: bool
) -> None:
    """The stretches of one game, oldest first, with deltas and the names of changes.

    A stretch is a time in which every look saw the same numbers; the next one begins with a change, or after
    a gap in which nobody looked. GAME is its id, the number at the end of its page's address, or a part
    of its title that no other game has.

    \b
    Examples:
      syncer history 14402
      syncer history "brass meridian"
      syncer history 14402 --since 2w --csv
    """
    with reading() as app:
        game = game_id(words, app)
        start, end = when(since, app, end_of_day=False), when(until, app, end_of_day=True)
        found = {who: app.queries.history(who, game, start, end) for who in app.queries.players(name)}
        stretches = [row for rows in found.values() for row in rows]
        if as_json:
            print_json({"game_id": game, "stretches": stretches})
        elif as_csv:
            write_csv(stretches)
        elif not stretches:
            click.echo(f"Nothing is stored about game {game}{' in that time' if since or until else ''}.")
            click.echo("The games that are: syncer at 0s", err=True)
        for rows in found.values() if not (as_json or as_csv) else ():
            if rows:
                show(rows, app)


def show(rows: list[dict[str, Any]], app: App) -> None:
    """One player's stretches, under what they come to."""
    last = rows[-1]
    name = f"{last['title']} ({last['game_id']})" if last["title"] else f"game {last['game_id']}"
    click.echo(f"{last['username']}, {harmless(name)}")
    if (cells := room()) and len(rows) > 1:
        click.echo(curve(rows, min(60, cells - 1)))
    table(COLUMNS, [_row(row, app) for row in rows])


def _row(row: dict[str, Any], app: App) -> list[object]:
    seen = [local(row[name], app) for name in ("first_seen_at", "last_seen_at")]
    return [*seen, row["looks"], *numbers(row), kind(row)]


def curve(rows: list[dict[str, Any]], width: int) -> str:
    """Unlocked over time. A stretch lasts until the next one, unless nobody was looking in between."""
    following = [*rows[1:], None]
    stretches = [
        (
            row["first_seen_at"],
            row["last_seen_at"] if after is None or after["after_gap"] else after["first_seen_at"],
            row["num_achieved"],
        )
        for row, after in zip(rows, following, strict=True)
    ]
    highest = max(max(row["num_possible_achievements"], row["num_achieved"]) for row in rows)
    return sparkline(stretches, rows[-1]["last_seen_at"], width, highest)


def write_csv(rows: list[dict[str, Any]]) -> None:
    columns = ["username", "game_id", "first_seen_at", "last_seen_at", "looks", *NUMBERS, "kind", "after_gap"]
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        times = {name: in_utc(row[name]) for name in ("first_seen_at", "last_seen_at")}
        writer.writerow(row | times)
