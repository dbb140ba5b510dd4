"""syncer status"""

from datetime import UTC, datetime, time
from typing import Any

import click

from syncer.app import App
from syncer.cli.support.context import json_option, lasting, local, player_option, print_json, reading
from syncer.core.formats.text import counted
from syncer.core.ratelimit.budget import breaker_open_until, must_wait_until


@click.command()
@player_option
@json_option
def status(name: str | None, as_json: bool) -> None:
    """What is followed, what is due and how the last run went.

    A game is overdue when its look is later than [schedule] gap_after allows, and failing when the last try
    brought no numbers for it.
    """
    with reading() as app:
        now = app.clock.now()
        today = datetime.combine(now.astimezone(app.config.zone).date(), time(), app.config.zone).astimezone(
            UTC
        )
        found = [
            app.queries.status(who, now, today, app.config.gap_after)
            | waiting(app, who.config_name, who.ulid)
            for who in app.queries.players(name)
        ]
        size = app.queries.size()
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
    for syncer in app.syncers([], typed=False):
        if syncer.who.username == config_name or syncer.who.ulid == ulid:
            budget, now = syncer.source.gate.read(), app.clock.now()
            refused = breaker_open_until(budget, now)
            return {
                "not_before": must_wait_until(budget, now) or refused,
                "key_refused_at": budget.refused_at,
            }
    return {"not_before": None, "key_refused_at": None}


def show(app: App, player: dict[str, Any], now: datetime) -> None:
    run = player["last_run"]
    click.echo(f"{player['username']}: {counted(player['targets'], 'game')}")
    if player["gone_at"]:
        click.echo(f"  gone from the site since {local(player['gone_at'], app)}; what was stored is kept")
    if run:
        error = f": {run['error']}" if run["error"] else ""
        click.echo(f"  last run   {local(run['started_at'], app)}  {run['outcome']}{error}")
    if player["last_look_at"]:
        ago = lasting((now - player["last_look_at"]).total_seconds())
        click.echo(f"  last look  {local(player['last_look_at'], app)}  ({ago} ago)")
    click.echo(f"  next due   {local(player['next_due_at'], app)}")
    if player["not_before"]:
        click.echo(f"  waiting    until {local(player['not_before'], app)}")
    if player["key_refused_at"]:
        click.echo(f"  key        refused at {local(player['key_refused_at'], app)}")
    click.echo(
        f"  today      {counted(player['changes_today'], 'change')}\n"
        f"  games      {player['overdue']} overdue, {player['failing']} failing\n"
        f"  stored     {counted(player['snapshots'], 'snapshot')}, {counted(player['gaps'], 'gap')}"
    )
