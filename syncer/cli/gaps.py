"""syncer gaps"""

import click

from .common import json_option, lasting, local, player_option, print_json, reading
from .table import Column, table


@click.command()
@player_option
@json_option
def gaps(name: str | None, as_json: bool) -> None:
    """When nobody was looking, longest first; the one still running included.

    There is a gap where a look came later than it was promised by more than [schedule] gap_after, or has not
    come yet.
    """
    with reading() as app:
        now = app.clock.now()
        found = [
            {"username": who.username, **gap}
            for who in app.queries.players(name)
            for gap in app.queries.gaps(who, now, app.config.gap_after)
        ]
        if as_json:
            print_json({"now": now, "gaps": found})
        elif not found:
            click.echo("No gaps: every promised look was made.")
        else:
            rows = [
                [
                    gap["username"],
                    gap["title"] or gap["game_id"],
                    local(gap["started_at"], app),
                    local(gap["ended_at"], app) if gap["ended_at"] else "still running",
                    lasting(((gap["ended_at"] or now) - gap["started_at"]).total_seconds()),
                ]
                for gap in found
            ]
            table([Column("player", least=8), Column("game", least=12), "from", "to", "lasting"], rows)
