"""syncer at"""

from datetime import datetime
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER, Cell, Column
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import NO_PLAYER, with_config
from syncer.cli.support.options import WHEN, json_option, parse_when, player_option
from syncer.core.formats import ra_json
from syncer.core.formats.text import name_some
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef

COLUMNS = (
    PLAYER,
    GAME,
    "unlocked",
    Column("hardcore", drop_order=1),
    "points",
    Column("same until", drop_order=2),
    Column("coverage", same_only=True),
)


@click.command(epilog=WHEN)
@click.argument("moment", metavar="WHEN")
@click.option("--shape", type=click.Choice(["api"]), help="JSON as the site's GetUserProgress sends it.")
@player_option
@json_option
def at(moment: str, shape: str | None, name: str | None, as_json: bool) -> None:
    """Show all followed games as they were at a moment.

    same until: the last poll that returned the numbers of the row; it may be later than the moment.

    The column coverage tells how certain a row is. known: the polls before and after the moment returned the
    same numbers. between: the moment lies after the last poll that returned these numbers and before the
    next one. gap: the game was not polled as promised then. The headline says if the account was not: what
    was played then is known from later polls only.

    \b
    Examples:
      syncer at 2026-05-01
      syncer at 36h --player MaxMilyin --shape api
    """
    with open_readonly() as app:
        then = parse_when(moment, app, end_of_day=True)
        players = app.queries.players.select(name)
        rows = [row for player in players for row in rows_of(player, then, app)]
        if shape == "api":
            print_json(to_api_shape(rows))
        elif as_json:
            print_json({"at": then, "targets": rows})
        elif not players:
            click.echo(with_config(NO_PLAYER))
        elif not rows:
            hint = with_config("Unlocks from before the first poll: syncer unlocks --since 52w")
            click.echo(wrapped(f"Nothing was stored yet at {format_local(then, app)}. {hint}"))
        else:
            with pager():
                echo(f"At {format_local(then, app)}{_account_gaps(rows)}:")
                print_table(COLUMNS, [_cells(row, app) for row in rows])


def rows_of(player: PlayerRef, then: datetime, app: App) -> list[Row]:
    """Return the state of one player's games, each with whether the account was not polled then."""
    now, gap_after = app.clock.now(), app.config.gap_after
    account_gap = app.queries.account_polls.is_in_gap(player.id, then, now, gap_after)
    state = app.queries.history.state_at(player.id, then, now, gap_after)
    return [{"username": player.username, **row, "account_gap": account_gap} for row in state]


def _account_gaps(rows: list[Row]) -> str:
    """Return the part of the headline that names the players in a gap."""
    names = dict.fromkeys(row["username"] for row in rows if row["account_gap"])
    return f" (in a gap, not polled then: {name_some(names)})" if names else ""


def to_api_shape(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Return one player's rows as the site would. Raises UsageError for several players."""
    if len({row["username"] for row in rows}) > 1:
        raise click.UsageError("--shape api prints one player's answer; add --player NAME")
    return {str(r["game_id"]): ra_json.progress_entry([r[name] for name in PROGRESS_COLUMNS]) for r in rows}


def _cells(row: dict[str, Any], app: App) -> list[object]:
    possible = row["num_possible_achievements"]
    return [
        row["username"],
        row["title"] or str(row["game_id"]),
        f"{row['num_achieved']:,}/{possible:,}",
        f"{row['num_achieved_hardcore']:,}/{possible:,}",
        f"{row['score_achieved']:,}/{row['possible_score']:,}",
        format_local(row["last_seen_at"], app),
        Cell(row["coverage"], "yellow" if row["coverage"] == "gap" else None),
    ]
