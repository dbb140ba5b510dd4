"""syncer plan"""

from datetime import timedelta
from typing import Any

import click

from syncer.app import App, opened
from syncer.core import forecast, pace
from syncer.core.clock import SystemClock
from syncer.core.learning import NAMES_A_RUN
from syncer.core.model import Player
from syncer.core.plan import is_due
from syncer.core.plan import plan as batches_of
from syncer.core.ports import Following
from syncer.core.reconcile import live, reconciled
from syncer.core.sync import Syncer
from syncer.core.words import counted
from syncer.run.lock import application_name
from syncer.store import schema

from .common import json_option, lasting, local, print_json, read_config

LATELY = timedelta(days=30)


@click.command()
@click.option("--due", is_flag=True, help="Only games that are due, as the daemon would ask.")
@json_option
def plan(due: bool, as_json: bool) -> None:
    """What the next run would ask, and what a year of it stores; sends nothing.

    Games that show no achievements are named: there is no such game, or no set yet.
    """
    with opened(read_config(), SystemClock(), application=application_name()) as app:
        if schema.current(app.database) is not None:
            schema.require_current(app.database)
        planned = [of_player(app, syncer, due) for syncer in app.syncers([], typed=True)]
        total = totals(app, planned)
        if as_json:
            print_json({"players": planned, **total})
        else:
            show(app, planned, total)


def of_player(app: App, syncer: Syncer, due: bool) -> dict[str, Any]:
    who, now = syncer.who, app.clock.now()
    player = app.recorder.find_player(who.username, who.ulid) if app.is_made else None
    stored = app.queries.targets(player.id) if player else []
    targets = live(reconciled(stored, who.games, who.schedule, now, played=who.played))
    asked = [t for t in targets if not due or is_due(t, now, who.schedule)]
    budget = syncer.source.gate.read()
    batches = batches_of(targets, asked, pace.batch_limit(budget, now, who.batch_size), who.id_bytes)
    runs = bool(asked) or (who.played and not (player and due))
    return {
        "username": player.username if player else who.label,
        "targets": len(targets),
        "targets_asked": len(asked),
        "batches": len(batches),
        "requests": requests(player, who, len(batches), app, runs),
        "is_first_reading": who.played and (player is None or player.walked_at is None),
        "not_before": pace.must_wait_until(budget, now),
        "no_achievements": app.queries.without_achievements(player.id) if player else [],
        **a_year(app, player, who, len(targets)),
    }


def requests(player: Player | None, who: Following, batches: int, app: App, anything: bool) -> int:
    """Those of a run in fair weather. A player who is gone is only asked for the profile."""
    if not anything or (player and who.is_doubled_by(player)):
        return 0
    first = forecast.profile_requests(player, who, app.clock.now())
    if player and player.gone_at:
        return first
    return first + batches + (learning(player, app) if who.played else 0)


def learning(player: Player | None, app: App) -> int:
    """Those for played games, unlocks and titles; of a player whom nobody has asked about, one of each."""
    if player is None:
        return 2
    games, unlocks = app.queries.extent(player.id)
    nameless = len(app.recorder.nameless(player, NAMES_A_RUN))
    return forecast.learning_requests(player, games, unlocks, app.clock.now()) + nameless


def a_year(app: App, player: Player | None, who: Following, targets: int) -> dict[str, Any]:
    changes, days = app.queries.watched(player.id, app.clock.now() - LATELY) if player else (0, 0.0)
    daily = forecast.changes_a_day(changes, days)
    growth = forecast.growth(targets, daily, who.schedule, app.queries.weight)
    return {
        "runs_per_year": round(growth.runs),
        "rows_per_year": round(growth.snapshots),
        "megabytes_per_year": round(growth.bytes / 1e6, 2),
        "changes_per_game_and_day": round(daily, 3),
        "changes_are_assumed": days < forecast.LEAST_SEEN,
    }


def totals(app: App, planned: list[dict[str, Any]]) -> dict[str, Any]:
    asked = sum(p["requests"] for p in planned)
    limits = pace.Limits(app.config.requests_per_minute, app.config.burst)
    most = max((p["requests"] for p in planned), default=0)
    seconds = forecast.seconds_needed(asked if one_key(app) else most, limits)
    return {
        "requests": asked,
        "minutes": round(seconds / 60, 1),
        "megabytes_per_year": round(sum(p["megabytes_per_year"] for p in planned), 2),
    }


def one_key(app: App) -> bool:
    """Whether all requests share one budget."""
    return len({entry.key for entry in app.config.players}) == 1


def show(app: App, planned: list[dict[str, Any]], total: dict[str, Any]) -> None:
    for p in planned:
        click.echo(f"{p['username']}: {p['targets_asked']} of {counted(p['targets'], 'game')}")
        click.echo(f"  next run  {counted(p['requests'], 'request')}")
        if p["is_first_reading"]:
            click.echo("            and those for games and unlocks that only the site knows of yet")
        if p["not_before"]:
            click.echo(f"            not before {local(p['not_before'], app)}: the site asked for it")
        rows, runs = counted(p["rows_per_year"], "snapshot"), counted(p["runs_per_year"], "run")
        click.echo(f"  a year    {rows} and {runs}, {p['megabytes_per_year']:g} MB")
        known = "assumed" if p["changes_are_assumed"] else "as seen in the last 30 days"
        click.echo(f"            {p['changes_per_game_and_day']:g} changes of a game a day, {known}")
        if p["no_achievements"]:
            ids = ", ".join(map(str, p["no_achievements"]))
            click.echo(f"  empty     {ids}: no such game, or no achievements yet")
    lasts = lasting(total["minutes"] * 60)
    click.echo(f"In all {counted(total['requests'], 'request')}, {lasts} at least. Nothing was sent.")
