"""syncer gaps"""

from collections.abc import Sequence
from datetime import datetime

import click

from syncer.app import App
from syncer.cli.output.table import GAME, Column, table
from syncer.cli.support.context import (
    format_local,
    json_option,
    open_readonly,
    player_option,
    print_json,
)
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.monitoring.outages import Gap, group_gaps, span


@click.command()
@player_option
@json_option
def gaps(name: str | None, as_json: bool) -> None:
    """When nobody was looking, longest first; the one still running included.

    There is a gap where a look came later than it was promised by more than [schedule] gap_after, or has not
    come yet. Games whose looks stopped and came back together share a row; --json has one for each.
    """
    with open_readonly() as app:
        now = app.clock.now()
        found = {
            who: app.queries.history.gaps(who.id, now, app.config.gap_after)
            for who in app.queries.players.select(name)
        }
        if as_json:
            each = [{"username": who.username, **gap} for who, mine in found.items() for gap in mine]
            print_json({"now": now, "gaps": each})
        elif not any(found.values()):
            click.echo("No gaps: every promised look was made.")
        else:
            rows = [[who.username, *row] for who, mine in found.items() for row in rows_of(mine, now, app)]
            table([Column("player", min_width=8), GAME, "from", "to", "lasting"], rows)


def rows_of(gaps: Sequence[Gap], now: datetime, app: App) -> list[list[object]]:
    """One for each absence, longest first."""
    found = [(*span(absence), what(absence)) for absence in group_gaps(gaps)]
    found.sort(key=lambda one: one[0] - (one[1] or now))
    return [
        [
            games,
            format_local(start, app),
            format_local(end, app) if end else "still running",
            format_duration(((end or now) - start).total_seconds()),
        ]
        for start, end, games in found
    ]


def what(absence: Sequence[Gap]) -> object:
    """The game where it is one, else how many."""
    first = absence[0]
    return pluralize(len(absence), "game") if len(absence) > 1 else first["title"] or first["game_id"]
