"""syncer plan"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from syncer.app import App, opened
from syncer.cli.support.context import json_option, lasting, local, print_json, read_config
from syncer.core import estimate as forecast
from syncer.core.backfill.run import listing
from syncer.core.backfill.titles import LISTED_AGAIN
from syncer.core.clock import SystemClock
from syncer.core.estimate import Extent
from syncer.core.formats.text import counted
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player, Target
from syncer.core.ports import Following
from syncer.core.ratelimit import budget as pace
from syncer.core.sync.batching import plan as batches_of
from syncer.core.sync.batching import wanted
from syncer.core.sync.reconcile import live, reconciled
from syncer.core.sync.run import Syncer
from syncer.run.lock import application_name
from syncer.store.admin import upgrade as schema

LATELY = timedelta(days=30)


@click.command()
@click.option("--due", is_flag=True, help="Only games that are due, as the daemon would ask.")
@click.option(
    "--ask",
    is_flag=True,
    help="Where the first reading is to come, ask the site how much that is: one request for every 500 "
    "played games. Stores nothing.",
)
@json_option
def plan(due: bool, ask: bool, as_json: bool) -> None:
    """What the next run would ask, and what a year of it stores; sends nothing, but with --ask.

    Games that show no achievements are named: there is no such game, or no set yet.
    """
    with opened(read_config(), SystemClock(), application=application_name()) as app:
        if schema.current(app.database) is not None:
            schema.require_current(app.database)
        syncers = app.syncers([], typed=True)
        planned = [of_player(app, syncer, due, ask) for syncer in syncers]
        total = totals(app, planned) | {"sent": sum(syncer.source.requests for syncer in syncers)}
        if as_json:
            print_json({"players": planned, **total})
        else:
            show(app, planned, total)


def of_player(app: App, syncer: Syncer, due: bool, ask: bool) -> dict[str, Any]:
    who, now = syncer.who, app.clock.now()
    player = app.recorder.find_player(who.username, who.ulid) if app.is_made else None
    first = is_first_reading(player, who)
    told = listing(syncer.source, player.ulid if player else who.label) if ask and first else []
    targets = targets_of(app, player, who, told)
    cut_short = app.recorder.interrupted_since(player) if player else None
    asked = wanted(targets, now, who.schedule, due, cut_short)
    budget = syncer.source.gate.read()
    max_ids = pace.batch_limit(budget, now, who.batch_size)
    batches = batches_of(asked if cut_short else targets, asked, max_ids, who.id_bytes)
    runs = bool(asked) or not (player and due)
    extent = extent_of(app, player, targets, told, whole=cut_short is None)
    return {
        "username": player.username if player else who.label,
        "targets": len(targets),
        "targets_asked": len(asked),
        "batches": len(batches),
        "requests": requests(app, player, who, asked, len(batches), extent) if runs else 0,
        "is_first_reading": first,
        "not_before": pace.must_wait_until(budget, now),
        "no_achievements": app.queries.without_achievements(player.id) if player else [],
        **a_year(app, player, who, len(targets)),
    }


def is_first_reading(player: Player | None, who: Following) -> bool:
    """Whether only the site knows how much there is to read."""
    if who.played and (player is None or player.walked_at is None):
        return True
    return who.unlocks and (player is None or player.unlocks_until is None)


def targets_of(app: App, player: Player | None, who: Following, told: Sequence[PlayedGame]) -> list[Target]:
    """As the next run will find them; of played games those that are stored, or that were told just now."""
    ids = (*who.games, *(game.game_id for game in told if who.played))
    stored = app.queries.targets(player.id) if player else []
    return live(reconciled(stored, ids, who.schedule, app.clock.now(), played=who.played))


def extent_of(
    app: App,
    player: Player | None,
    targets: Sequence[Target],
    told: Sequence[PlayedGame],
    *,
    whole: bool,
) -> Extent:
    """`whole`: the last run was not cut short; else what differs may just not be read yet."""
    if told:
        return Extent(len(told), sum(game.num_awarded for game in told))
    if player is None:
        return Extent()
    played, unlocks = app.queries.extent(player.id)
    unlisted = app.recorder.unlisted(app.clock.now() - LISTED_AGAIN)
    consoles = None if unlisted is None else len(unlisted)
    nameless = app.queries.nameless({target.game_id for target in targets})
    doubtful = len(app.recorder.doubtful(player, app.clock.now())) if whole else 0
    return Extent(played, unlocks, nameless, consoles, doubtful)


def requests(
    app: App,
    player: Player | None,
    who: Following,
    asked: Sequence[Target],
    batches: int,
    extent: Extent,
) -> int:
    """Those of a run in fair weather. A player who is gone is only asked for the profile."""
    if player and who.is_doubled_by(player):
        return 0
    now = app.clock.now()
    first = forecast.profile_requests(player, who, now)
    if player and player.gone_at:
        return first
    changed = any(target.expected_at is None for target in asked)
    return first + batches + forecast.learning_requests(player, who, extent, changed, now)


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
        if p["is_first_reading"] and not total["sent"]:
            click.echo("            and more, where there is more to read; how many: syncer plan --ask")
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
    sent = f"{counted(total['sent'], 'request')} sent for this" if total["sent"] else "Nothing was sent"
    click.echo(f"In all {counted(total['requests'], 'request')}, {lasts} at least. {sent}.")
