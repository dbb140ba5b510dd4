"""syncer status"""

from datetime import UTC, datetime, time
from typing import Any

import click

from syncer.app import App
from syncer.cli.support.context import (
    format_local,
    json_option,
    open_readonly,
    player_option,
    print_json,
)
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.ratelimit.budget import blocked_until, circuit_open_until


@click.command()
@player_option
@json_option
def status(name: str | None, as_json: bool) -> None:
    """What is followed, what is due and how the last run went.

    A game is overdue when its look is later than [schedule] gap_after allows, and failing when the last try
    brought no numbers for it.
    """
    with open_readonly() as app:
        now = app.clock.now()
        today = datetime.combine(now.astimezone(app.config.zone).date(), time(), app.config.zone).astimezone(
            UTC
        )
        found = [
            app.queries.players.status(who, now, today, app.config.gap_after)
            | waiting(app, who.config_name, who.ulid)
            for who in app.queries.players.select(name)
        ]
        size = app.queries.storage.size()
        if as_json:
            print_json({"now": now, "database": app.database.name, "database_bytes": size, "players": found})
            return
        for player in found:
            show(app, player, now)
        if not found:
            click.echo("Nobody is followed yet. Try: syncer sync")
        click.echo(f"Database: {app.database.name}, {size / 1e6:.1f} MB")


def waiting(app: App, config_name: str | None, ulid: str) -> dict[str, Any]:
    """What the budget of the player's key says."""
    for syncer in app.syncers([], interactive=False):
        if syncer.tracked.username == config_name or syncer.tracked.ulid == ulid:
            budget, now = syncer.source.limiter.read(), app.clock.now()
            refused = circuit_open_until(budget, now)
            return {
                "not_before": blocked_until(budget, now) or refused,
                "key_refused_at": budget.refused_at,
            }
    return {"not_before": None, "key_refused_at": None}


def show(app: App, player: dict[str, Any], now: datetime) -> None:
    run = player["last_run"]
    click.echo(f"{player['username']}: {pluralize(player['targets'], 'game')}")
    if player["gone_at"]:
        click.echo(
            f"  gone from the site since {format_local(player['gone_at'], app)}; what was stored is kept"
        )
    if run:
        error = f": {run['error']}" if run["error"] else ""
        click.echo(f"  last run   {format_local(run['started_at'], app)}  {run['outcome']}{error}")
    if player["last_poll_at"]:
        ago = format_duration((now - player["last_poll_at"]).total_seconds())
        click.echo(f"  last look  {format_local(player['last_poll_at'], app)}  ({ago} ago)")
    click.echo(f"  next due   {format_local(player['next_due_at'], app)}")
    if player["not_before"]:
        click.echo(f"  waiting    until {format_local(player['not_before'], app)}")
    if player["key_refused_at"]:
        click.echo(f"  key        refused at {format_local(player['key_refused_at'], app)}")
    click.echo(
        f"  today      {pluralize(player['changes_today'], 'change')}\n"
        f"  games      {player['overdue']} overdue, {player['failing']} failing\n"
        f"  stored     {pluralize(player['snapshots'], 'snapshot')}, {pluralize(player['gaps'], 'gap')}"
    )
