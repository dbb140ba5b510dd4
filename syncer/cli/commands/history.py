"""syncer history"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

import click

from syncer.app import App
from syncer.cli.output.columns import Column, strip_controls
from syncer.cli.output.json_document import print_json_rows
from syncer.cli.output.snapshot_rows import count_cells, kind_cell, names_cell
from syncer.cli.output.sparkline import Segment, sparkline
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, terminal_width, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import (
    WHEN,
    TimeRange,
    find_game,
    json_option,
    parse_time_range,
    player_option,
)
from syncer.core.formats.timestamps import format_utc
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef

COLUMNS = (
    "from",
    Column("to", drop_order=3),
    Column("polls", drop_order=1),
    "unlocked",
    Column("hardcore", drop_order=2),
    "points",
    Column("change", wraps=True, max_width=60),
    Column("achievements", under="unlocked"),
)
TIMES = ("first_seen_at", "last_seen_at")
CSV_COLUMNS = ("username", "game_id", *TIMES, "poll_count", *PROGRESS_COLUMNS, "kind", "after_gap")
MAX_CURVE_WIDTH = 60  # characters


@click.command(epilog=WHEN)
@click.argument("game", metavar="GAME")
@click.option("--since", metavar="WHEN", help="Only snapshots that were still seen then or later.")
@click.option("--until", metavar="WHEN", help="Only snapshots that began by then.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values; times are UTC.")
@player_option
@json_option
def history(
    game: str, since: str | None, until: str | None, as_csv: bool, name: str | None, as_json: bool
) -> None:
    """Show the snapshots of one game, oldest first, with deltas and kinds of change.

    All polls within a snapshot returned the same numbers. A new snapshot begins with a change or after a gap.
    GAME is its id, which is the number at the end of its page's address, or a part of its title that no other
    game has.

    \b
    Examples:
      syncer history 14402
      syncer history "brass meridian"
      syncer history 14402 --since 2w --csv
    """
    with open_readonly() as app:
        game_id, time_range = find_game(game, app), parse_time_range(since, until, app)
        histories = stream_histories(app, app.queries.players.select(name), game_id, time_range)
        if as_json:
            print_json_rows({"game_id": game_id}, "snapshots", chain.from_iterable(histories))
        elif as_csv:
            write_csv(row for rows in histories for row in rows)
        elif not print_all(histories, app):
            in_range = " in that time" if since or until else ""
            click.echo(f"Nothing is stored about game {game_id}{in_range}.")
            click.echo(with_config("To list the stored games: syncer games"), err=True)


def print_all(histories: Iterable[Iterable[Row]], app: App) -> int:
    """Print the snapshots of each player, in a pager on a terminal. Return how many there are."""
    with pager():
        return sum([print_history(rows, app) for rows in histories])


def stream_histories(
    app: App, players: Iterable[PlayerRef], game_id: GameId, time_range: TimeRange
) -> Iterator[Iterable[Row]]:
    """Yield the snapshots of one player after the other."""
    for player in players:
        with app.queries.history.stream_snapshots(player.id, game_id, *time_range, detailed=True) as rows:
            yield rows


def print_history(rows: Iterable[Row], app: App) -> int:
    """Print one player's snapshots below a curve. Return how many there are."""
    # Counts the rows and keeps the last one without holding all of them in memory.
    numbered = deque(enumerate(rows, 1), maxlen=1)
    if not numbered:
        return 0
    count, last = numbered[0]
    game = f"{last['title']} ({last['game_id']})" if last["title"] else f"game {last['game_id']}"
    echo(wrapped(f"{last['username']}, {strip_controls(game)}"))
    if (width := terminal_width()) and count > 1:
        echo(curve(rows, min(MAX_CURVE_WIDTH, width - 1)))
    print_table(COLUMNS, rows, lambda row: _cells(row, app))
    if last["kind"] == "baseline" and last["num_achieved"]:
        echo(wrapped(with_config(f"What was unlocked before: syncer unlocks --game {last['game_id']}")))
    return count


def _cells(row: Row, app: App) -> list[object]:
    times = [format_local(row[name], app) for name in TIMES]
    names = names_cell(row["unlocks"])
    return [*times, row["poll_count"], *count_cells(row), kind_cell(row), names]


def curve(rows: Iterable[Row], width: int) -> str:
    """Draw the unlocked achievements over time; each snapshot lasts until the next one or until a gap."""
    segments, highest = list[Segment](), 0
    for row, following in pairwise(chain(rows, [None])):
        assert row
        # The numbers hold until the next snapshot, unless it begins after a gap: then only the polls count.
        end = row["last_seen_at"]
        if following and not following["after_gap"]:
            end = following["first_seen_at"]
        segments.append((row["first_seen_at"], end, row["num_achieved"]))
        # More can be achieved than possible while the site recounts (site-api.md section 6).
        highest = max(highest, row["num_possible_achievements"], row["num_achieved"])
    return sparkline(segments, segments[-1][1], width, highest)


def write_csv(rows: Iterable[Row]) -> None:
    writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {name: format_utc(row[name]) for name in TIMES})
    sys.stdout.flush()  # now, while it is known that the output is all that this command does
