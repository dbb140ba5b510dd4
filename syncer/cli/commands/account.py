"""syncer account"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import chain, pairwise

import click

from syncer.app import App
from syncer.cli.output.columns import PLAYER, Column
from syncer.cli.output.json_document import print_json_rows
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import pager
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import WHEN, json_option, parse_time_range, player_option
from syncer.store.read.base import Row

COLUMNS = (
    "at",
    PLAYER,
    "hardcore",
    "softcore",
    "retropoints",
    Column("rank", drop_order=1),
)
MEASURES = ("hardcore_points", "softcore_points", "retro_points", "rank")


@click.command(epilog=WHEN)
@click.option("--since", metavar="WHEN", help="Only from then on, and what was valid then.")
@click.option("--until", metavar="WHEN", help="Only changes seen by then.")
@player_option
@json_option
def account(since: str | None, until: str | None, name: str | None, as_json: bool) -> None:
    """Show the account's own points over time, oldest first.

    These are the account's own totals: points in hardcore, points in softcore only, RetroPoints and the rank,
    also of games that are not followed. Each row is the first answer with a new value: points and rank are
    read once an hour, RetroPoints once a day, so the change can be older by as much. Of the rows of a day in
    which only the rank is new the last one is shown; --json has all.

    \b
    Examples:
      syncer account
      syncer account --since 4w --player MaxMilyin
    """
    with open_readonly() as app:
        start, end = parse_time_range(since, until, app)
        player_ids = [player.id for player in app.queries.players.select(name)]
        with app.queries.account.stream_history(player_ids, start, end) as found:
            if as_json:
                print_json_rows({"since": start, "until": end}, "account", found)
            # About one row a day is left, so these may be held in memory.
            elif rows := [_cells(row, app) for row in without_rank_steps(found, app.config.zone)]:
                with pager():
                    print_table(COLUMNS, rows)
            else:
                hint = "To read them: syncer sync"
                click.echo(f"No totals of an account are stored yet. {with_config(hint)}")


def without_rank_steps(rows: Iterable[Row], zone: tzinfo) -> Iterator[Row]:
    """Yield the rows without those of a new rank alone that another such row of the same day follows."""
    before: Row | None = None
    for row, later in pairwise(chain(rows, [None])):
        assert row
        # The first profile comes just before the first rank.
        is_step = (row["rank"] is None or is_new_rank(before, row)) and is_new_rank(row, later)
        days = {one["changed_at"].astimezone(zone).date() for one in (row, later) if one}
        if not (is_step and len(days) == 1):
            yield row
        before = row


def is_new_rank(before: Row | None, row: Row | None) -> bool:
    """Return whether nothing but the rank differs between two rows of one player."""
    if before is None or row is None or row["after_gap"]:
        return False
    return all(before[name] == row[name] for name in ("player_id", *MEASURES[:-1]))


def _cells(row: Row, app: App) -> list[object]:
    gap = " (after a gap)" if row["after_gap"] else ""
    at = f"{format_local(row['changed_at'], app)}{gap}"
    return [at, row["username"], *("" if row[name] is None else row[name] for name in MEASURES)]
