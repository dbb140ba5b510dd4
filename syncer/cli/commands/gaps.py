"""syncer gaps"""

from collections.abc import Sequence
from datetime import datetime

import click

from syncer.app import App
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import GAME, Column, print_table
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.options import json_option, player_option
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.monitoring.gaps import Gap, group_gaps, span


@click.command()
@player_option
@json_option
def gaps(name: str | None, as_json: bool) -> None:
    """Show periods without polling, longest first, including a current one.

    A gap is recorded if a poll came later than promised by more than [schedule] gap_after, or has not come
    yet. Games whose gaps overlap share a row; --json has one entry for each game.
    """
    with open_readonly() as app:
        now = app.clock.now()
        found = {
            player: app.queries.history.gaps(player.id, now, app.config.gap_after)
            for player in app.queries.players.select(name)
        }
        if as_json:
            each = [{"username": p.username, **gap} for p, gaps in found.items() for gap in gaps]
            print_json({"now": now, "gaps": each})
        elif not any(found.values()):
            click.echo("No gaps: every poll came as promised.")
        else:
            rows = [[p.username, *row] for p, gaps in found.items() for row in gap_rows(gaps, now, app)]
            print_table([Column("player", min_width=8), GAME, "from", "to", "duration"], rows)


def gap_rows(gaps: Sequence[Gap], now: datetime, app: App) -> list[list[object]]:
    """Return one row for each group of overlapping gaps, longest first."""
    groups = [(*span(group), _games(group)) for group in group_gaps(gaps)]
    # start - end is negative, so ascending order puts the longest first.
    groups.sort(key=lambda group: group[0] - (group[1] or now))
    return [
        [
            games,
            format_local(start, app),
            format_local(end, app) if end else "now",
            format_duration(((end or now) - start).total_seconds()),
        ]
        for start, end, games in groups
    ]


def _games(group: Sequence[Gap]) -> object:
    """Return the game if there is only one, otherwise how many there are."""
    first = group[0]
    return pluralize(len(group), "game") if len(group) > 1 else first["title"] or str(first["game_id"])
