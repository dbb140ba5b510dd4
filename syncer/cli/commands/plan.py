"""syncer plan"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from syncer.app import App, open_app
from syncer.cli.support.context import format_local, json_option, print_json, read_config
from syncer.core import estimate
from syncer.core.backfill.listing import fetch_library
from syncer.core.backfill.titles import CONSOLE_LIST_TTL
from syncer.core.clock import SystemClock
from syncer.core.estimate import BackfillSize
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player, Target
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.sync.batching import build_batches as batches_of
from syncer.core.sync.batching import select_targets
from syncer.core.sync.player_sync import PlayerSync
from syncer.core.sync.reconcile import active, reconcile_targets
from syncer.run.lock import application_name
from syncer.store.db.revision import current, require_current

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
    with open_app(read_config(), SystemClock(), application=application_name()) as app:
        if current(app.database) is not None:
            require_current(app.database)
        syncers = app.syncers([], interactive=True)
        planned = [of_player(app, syncer, due, ask) for syncer in syncers]
        total = totals(app, planned) | {"sent": sum(syncer.source.requests for syncer in syncers)}
        if as_json:
            print_json({"players": planned, **total})
        else:
            show(app, planned, total)


def of_player(app: App, syncer: PlayerSync, due: bool, ask: bool) -> dict[str, Any]:
    who, now = syncer.tracked, app.clock.now()
    player = app.queries.players.find(who.username, who.ulid) if app.is_made else None
    first = is_first_reading(player, who)
    told = fetch_library(syncer.source, player.ulid if player else who.label) if ask and first else []
    targets = targets_of(app, player, who, told)
    cut_short = app.queries.runs.interrupted_started_at(player.id) if player else None
    asked = select_targets(targets, now, who.schedule, due, cut_short)
    budget = syncer.source.limiter.read()
    max_ids = budget_rules.batch_limit(budget, now, who.batch_size)
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
        "not_before": budget_rules.blocked_until(budget, now),
        "no_achievements": app.queries.games.without_achievements(player.id) if player else [],
        **a_year(app, player, who, len(targets)),
    }


def is_first_reading(player: Player | None, who: TrackedPlayer) -> bool:
    """Whether only the site knows how much there is to read."""
    if who.played and (player is None or player.library_synced_at is None):
        return True
    return who.unlocks and (player is None or player.unlocks_synced_until is None)


def targets_of(
    app: App, player: Player | None, who: TrackedPlayer, told: Sequence[PlayedGame]
) -> list[Target]:
    """As the next run will find them; of played games those that are stored, or that were told just now."""
    ids = (*who.games, *(game.game_id for game in told if who.played))
    stored = app.queries.players.targets(player.id) if player else []
    return active(reconcile_targets(stored, ids, who.schedule, app.clock.now(), played=who.played))


def extent_of(
    app: App,
    player: Player | None,
    targets: Sequence[Target],
    told: Sequence[PlayedGame],
    *,
    whole: bool,
) -> BackfillSize:
    """`whole`: the last run was not cut short; else what differs may just not be read yet."""
    if told:
        return BackfillSize(len(told), sum(game.num_awarded for game in told))
    if player is None:
        return BackfillSize()
    played, unlocks = app.queries.diagnostics.backfill_size(player.id)
    unlisted = app.queries.games.outdated_consoles(app.clock.now() - CONSOLE_LIST_TTL)
    consoles = None if unlisted is None else len(unlisted)
    nameless = app.queries.games.untitled_count({target.game_id for target in targets})
    doubtful = len(app.queries.consistency.games_to_reread(player.id, app.clock.now())) if whole else 0
    return BackfillSize(played, unlocks, nameless, consoles, doubtful)


def requests(
    app: App,
    player: Player | None,
    who: TrackedPlayer,
    asked: Sequence[Target],
    batches: int,
    extent: BackfillSize,
) -> int:
    """Those of a run in fair weather. A player who is gone is only asked for the profile."""
    if player and who.is_duplicate_of(player):
        return 0
    now = app.clock.now()
    first = estimate.profile_requests(player, who, now)
    if player and player.gone_at:
        return first
    changed = any(target.expected_at is None for target in asked)
    return first + batches + estimate.backfill_requests(player, who, extent, changed, now)


def a_year(app: App, player: Player | None, who: TrackedPlayer, targets: int) -> dict[str, Any]:
    changes, days = (
        app.queries.diagnostics.observed_changes(player.id, app.clock.now() - LATELY) if player else (0, 0.0)
    )
    daily = estimate.changes_per_day(changes, days)
    growth = estimate.growth(targets, daily, who.schedule, app.queries.storage.row_size)
    return {
        "runs_per_year": round(growth.runs),
        "rows_per_year": round(growth.snapshots),
        "megabytes_per_year": round(growth.bytes / 1e6, 2),
        "changes_per_game_and_day": round(daily, 3),
        "changes_are_assumed": days < estimate.MIN_OBSERVED_DAYS,
    }


def totals(app: App, planned: list[dict[str, Any]]) -> dict[str, Any]:
    asked = sum(p["requests"] for p in planned)
    limits = budget_rules.RateLimits(app.config.requests_per_minute, app.config.burst)
    most = max((p["requests"] for p in planned), default=0)
    seconds = estimate.estimated_seconds(asked if one_key(app) else most, limits)
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
        click.echo(f"{p['username']}: {p['targets_asked']} of {pluralize(p['targets'], 'game')}")
        click.echo(f"  next run  {pluralize(p['requests'], 'request')}")
        if p["is_first_reading"] and not total["sent"]:
            click.echo("            and more, where there is more to read; how many: syncer plan --ask")
        if p["not_before"]:
            click.echo(f"            not before {format_local(p['not_before'], app)}: the site asked for it")
        rows, runs = pluralize(p["rows_per_year"], "snapshot"), pluralize(p["runs_per_year"], "run")
        click.echo(f"  a year    {rows} and {runs}, {p['megabytes_per_year']:g} MB")
        known = "assumed" if p["changes_are_assumed"] else "as seen in the last 30 days"
        click.echo(f"            {p['changes_per_game_and_day']:g} changes of a game a day, {known}")
        if p["no_achievements"]:
            ids = ", ".join(map(str, p["no_achievements"]))
            click.echo(f"  empty     {ids}: no such game, or no achievements yet")
    lasts = format_duration(total["minutes"] * 60)
    sent = f"{pluralize(total['sent'], 'request')} sent for this" if total["sent"] else "Nothing was sent"
    click.echo(f"In all {pluralize(total['requests'], 'request')}, {lasts} at least. {sent}.")
