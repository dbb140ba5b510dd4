"""syncer at"""

from typing import Any

import click

from syncer.cli.output.table import GAME, Cell, Column, table
from syncer.cli.support.context import (
    WHEN,
    format_local,
    json_option,
    open_readonly,
    player_option,
    print_json,
    when,
)
from syncer.core.formats import ra_json
from syncer.core.model.progress import PROGRESS_COLUMNS

COLUMNS = (
    Column("player", min_width=8),
    GAME,
    "unlocked",
    Column("hardcore", drop_order=1),
    "points",
    Column("last look", drop_order=2),
    "coverage",
)


@click.command(epilog=WHEN)
@click.argument("moment", metavar="WHEN")
@click.option("--shape", type=click.Choice(["api"]), help="JSON as the site's GetUserProgress sends it.")
@player_option
@json_option
def at(moment: str, shape: str | None, name: str | None, as_json: bool) -> None:
    """All games as they were at a moment.

    Each row says how sure that is: known (the looks before and after it agree), between (after the last look
    that saw this, before the next one) or gap (nobody was looking then).

    \b
    Examples:
      syncer at 2026-05-01
      syncer at 36h --player MaxMilyin --shape api
    """
    with open_readonly() as app:
        then = when(moment, app, end_of_day=True)
        assert then is not None
        found = [
            {"username": who.username, **row}
            for who in app.queries.players.select(name)
            for row in app.queries.history.state_at(who.id, then, app.clock.now(), app.config.gap_after)
        ]
        if shape == "api":
            print_json(in_api_shape(found))
        elif as_json:
            print_json({"at": then, "targets": found})
        elif not found:
            click.echo(f"Nothing was known yet at {format_local(then, app)}.")
        else:
            click.echo(f"At {format_local(then, app)}:")
            table(
                COLUMNS,
                [_row(r, app) for r in found],
            )


def in_api_shape(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """One player's answer. Raises UsageError for several."""
    if len({row["username"] for row in rows}) > 1:
        raise click.UsageError("--shape api is one player's answer; add --player NAME")
    return {str(r["game_id"]): ra_json.progress_entry([r[name] for name in PROGRESS_COLUMNS]) for r in rows}


def _row(row: dict[str, Any], app: Any) -> list[object]:
    possible = row["num_possible_achievements"]
    return [
        row["username"],
        row["title"] or row["game_id"],
        f"{row['num_achieved']}/{possible}",
        f"{row['num_achieved_hardcore']}/{possible}",
        f"{row['score_achieved']}/{row['possible_score']}",
        format_local(row["last_seen_at"], app),
        Cell(row["coverage"], "yellow" if row["coverage"] == "gap" else None),
    ]
