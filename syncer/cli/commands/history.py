"""syncer history"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

import click

from syncer.app import App
from syncer.cli.output.snapshot_rows import kind, numbers
from syncer.cli.output.sparkline import Stretch, sparkline
from syncer.cli.output.table import Column, strip_controls, table, terminal_width
from syncer.cli.support.context import (
    WHEN,
    Span,
    format_local,
    game_id,
    json_option,
    open_readonly,
    player_option,
    print_json,
    span,
)
from syncer.core.formats.timestamps import format_utc
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.streaming import RepeatableQuery
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef

COLUMNS = (
    "from",
    Column("to", drop_order=3),
    Column("polls", drop_order=1),
    "unlocked",
    Column("hardcore", drop_order=2),
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
    with open_readonly() as app:
        game, within = game_id(words, app), span(since, until, app)
        found = each(app, app.queries.players.select(name), game, within)
        if as_json:
            print_json({"game_id": game, "stretches": [row for rows in found for row in rows]})
        elif as_csv:
            write_csv(row for rows in found for row in rows)
        elif not sum(show(rows, app) for rows in found):
            click.echo(f"Nothing is stored about game {game}{' in that time' if since or until else ''}.")
            click.echo("The games that are: syncer at 0s", err=True)


def each(app: App, players: Iterable[PlayerRef], game: GameId, within: Span) -> Iterator[RepeatableQuery]:
    """One player's stretches after the other's."""
    for who in players:
        with app.queries.history.stream_snapshots(who.id, game, *within) as rows:
            yield rows


def show(rows: RepeatableQuery, app: App) -> int:
    """One player's stretches, under what they come to; how many there are."""
    numbered = deque(enumerate(rows, 1), maxlen=1)
    if not numbered:
        return 0
    count, last = numbered[0]
    name = f"{last['title']} ({last['game_id']})" if last["title"] else f"game {last['game_id']}"
    click.echo(f"{last['username']}, {strip_controls(name)}")
    if (cells := terminal_width()) and count > 1:
        click.echo(curve(rows, min(60, cells - 1)))
    table(COLUMNS, rows, lambda row: _row(row, app))
    return count


def _row(row: Row, app: App) -> list[object]:
    seen = [format_local(row[name], app) for name in ("first_seen_at", "last_seen_at")]
    return [*seen, row["poll_count"], *numbers(row), kind(row)]


def curve(rows: Iterable[Row], width: int) -> str:
    """Unlocked over time. A stretch lasts until the next one, unless nobody was looking in between."""
    stretches, highest = list[Stretch](), 0
    for row, after in pairwise(chain(rows, [None])):
        assert row
        ends = row["last_seen_at"] if after is None or after["after_gap"] else after["first_seen_at"]
        stretches.append((row["first_seen_at"], ends, row["num_achieved"]))
        highest = max(highest, row["num_possible_achievements"], row["num_achieved"])
    return sparkline(stretches, stretches[-1][1], width, highest)


def write_csv(rows: Iterable[Row]) -> None:
    columns = [
        "username",
        "game_id",
        "first_seen_at",
        "last_seen_at",
        "poll_count",
        *PROGRESS_COLUMNS,
        "kind",
        "after_gap",
    ]
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        times = {name: format_utc(row[name]) for name in ("first_seen_at", "last_seen_at")}
        writer.writerow(row | times)
