"""syncer account"""

import click

from syncer.app import App
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import Column, print_table
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.options import WHEN, json_option, parse_time_range, player_option
from syncer.store.read.base import Row

COLUMNS = (
    "at",
    Column("player", min_width=8, drop_order=1),
    "hardcore",
    "softcore",
    "retropoints",
    Column("rank", drop_order=2),
)
MEASURES = ("hardcore_points", "softcore_points", "retro_points", "rank")


@click.command(epilog=WHEN)
@click.option("--since", metavar="WHEN", help="Only from then on, and what was valid then.")
@click.option("--until", metavar="WHEN", help="Only changes seen by then.")
@player_option
@json_option
def account(since: str | None, until: str | None, name: str | None, as_json: bool) -> None:
    """Show the account's own points over time, oldest first.

    These are the totals of the profile: points in hardcore, points in softcore only, and RetroPoints, also of
    games that are not followed. Each row is the first answer with a new value: the profile is read once a
    day, so the change can be a day older.

    \b
    Examples:
      syncer account
      syncer account --since 4w --player MaxMilyin
    """
    with open_readonly() as app:
        start, end = parse_time_range(since, until, app)
        player_ids = [player.id for player in app.queries.players.select(name)]
        found = app.queries.account.history(player_ids, start, end)
        if as_json:
            print_json({"since": start, "until": end, "account": found})
        elif not found:
            click.echo("No totals of an account are stored yet. The next profile brings them: syncer sync")
        else:
            print_table(COLUMNS, [_cells(row, app) for row in found])


def _cells(row: Row, app: App) -> list[object]:
    gap = " (after a gap)" if row["after_gap"] else ""
    at = f"{format_local(row['changed_at'], app)}{gap}"
    return [at, row["username"], *("" if row[name] is None else row[name] for name in MEASURES)]
