"""syncer plan"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from syncer.app import App, open_app
from syncer.cli.output.json_document import print_json
from syncer.cli.output.times import format_local
from syncer.cli.support.config import read_config
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.core import estimate
from syncer.core.backfill.listing import fetch_library
from syncer.core.backfill.titles import CONSOLE_LIST_TTL, TITLE_TTL, refresh_requests
from syncer.core.clock import SystemClock
from syncer.core.estimate import BackfillSize
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.sync.plan import PlayerState, is_run_due, planned_targets
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.lock import application_name
from syncer.store.db.revision import current, require_current

OBSERVED_PERIOD = timedelta(days=30)


@click.command()
@click.option("--due", is_flag=True, help="Only games that are due, like the daemon.")
@click.option(
    "--ask",
    is_flag=True,
    help="If the backfill is still to come, ask the site for its size: one request for every 500 played "
    "games. Stores nothing.",
)
@json_option
def plan(due: bool, ask: bool, as_json: bool) -> None:
    """Show the requests of the next run and what a year of runs stores.

    Sends no request without --ask. Games without achievements are listed: either there is no such game, or
    it has no set yet.
    """
    with open_app(read_config(), SystemClock(), application=application_name()) as app:
        # Before the first run there is no database, and the plan is that of a new player.
        if current(app.database) is not None:
            require_current(app.database)
        syncers = app.syncers([], interactive=True)
        plans = [player_plan(app, syncer, due, ask) for syncer in syncers]
        total = totals(app, plans) | {"sent": sum(syncer.source.requests for syncer in syncers)}
        if as_json:
            print_json({"players": plans, **total})
        else:
            print_plans(app, plans, total)


def player_plan(app: App, syncer: PlayerSync, due: bool, ask: bool) -> dict[str, Any]:
    """Return what the next run of one player does, and what a year of such runs stores."""
    tracked, now = syncer.tracked, app.clock.now()
    player = stored_player(app, tracked)
    first = is_first_backfill(tracked, player)
    # Asked for by ULID if it is known: a name may have changed its owner (site-api.md section 3).
    user = player.ulid if player else tracked.label
    listed = fetch_library(syncer.source, user, now) if ask and first else []
    state = stored_state(app, tracked, player, [game.game_id for game in listed])
    plan = syncer.plan(state, only_due=due)
    runs = not due or is_run_due(tracked, state, now)
    size = backfill_size(app, state, listed)
    return {
        "username": player.username if player else tracked.label,
        "targets": len(plan.polls.targets),
        "targets_asked": len(plan.polls.polled),
        "batches": len(plan.polls.batches),
        "requests": estimate.run_requests(plan, tracked, size, now) if runs else 0,
        "is_first_backfill": first,
        "not_before": budget_rules.blocked_until(syncer.source.limiter.read(), now),
        "no_achievements": app.queries.games.without_achievements(player.id) if player else [],
        **year_growth(app, player, tracked, len(plan.polls.targets)),
    }


def stored_player(app: App, tracked: TrackedPlayer) -> Player | None:
    """Return the player as stored; None also if there is no database yet."""
    return app.queries.players.find(tracked.username, tracked.ulid) if current(app.database) else None


def is_first_backfill(tracked: TrackedPlayer, player: Player | None) -> bool:
    """Return whether only the site knows how much there is to read."""
    if tracked.played and (player is None or player.library_synced_at is None):
        return True
    return tracked.unlocks and (player is None or player.unlocks_synced_until is None)


def stored_state(
    app: App, tracked: TrackedPlayer, player: Player | None, listed: Sequence[GameId]
) -> PlayerState:
    """Return what the next run will find. `listed`: played games that are not stored yet."""
    stored = app.queries.players.targets(player.id) if player else []
    targets = planned_targets(tracked, stored, listed, app.clock.now())
    interrupted = app.queries.runs.interrupted_started_at(player.id) if player else None
    drop = app.queries.runs.standing_drop(player.id) if player else None
    return PlayerState(player, targets, interrupted, drop)


def backfill_size(app: App, state: PlayerState, listed: Sequence[PlayedGame]) -> BackfillSize:
    """Return how much the backfill has left to read."""
    if listed:
        return BackfillSize(len(listed), sum(game.num_awarded or 0 for game in listed))
    if state.player is None:
        return BackfillSize()
    now, queries = app.clock.now(), app.queries
    played, unlocks = queries.diagnostics.backfill_size(state.player.id)
    followed = {target.game_id for target in state.targets}
    untitled = queries.games.untitled_count(followed)
    outdated = queries.games.outdated_consoles(now - CONSOLE_LIST_TTL)
    consoles = None if outdated is None else len(outdated)
    titles = queries.games.outdated_titles(state.player.id, now - TITLE_TTL)
    refreshes = refresh_requests([title for title in titles if title.game_id in followed], outdated)
    # After an interrupted run a difference may only mean that the unlocks were not read yet.
    mismatched = 0 if state.interrupted else len(queries.unlocks.games_to_reread(state.player.id, now))
    pages = queries.unlocks.list_pages_left(state.player.id)
    account = queries.account.newest(state.player.id)
    no_points = account is not None and not account["points"]
    return BackfillSize(played, unlocks, untitled, consoles, mismatched, refreshes, pages, no_points)


def year_growth(app: App, player: Player | None, tracked: TrackedPlayer, targets: int) -> dict[str, Any]:
    """Return how much a year of polling stores, by the changes of the observed period."""
    since = app.clock.now() - OBSERVED_PERIOD
    changes, days = app.queries.diagnostics.observed_changes(player.id, since) if player else (0, 0.0)
    daily = estimate.changes_per_day(changes, days)
    growth = estimate.growth(targets, daily, tracked.schedule, app.queries.storage.row_size)
    return {
        "runs_per_year": round(growth.runs),
        "rows_per_year": round(growth.snapshots),
        "megabytes_per_year": round(growth.bytes / 1e6, 2),
        "changes_per_game_and_day": round(daily, 3),
        "changes_are_assumed": days < estimate.MIN_OBSERVED_DAYS,
    }


def totals(app: App, plans: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all players; keys are used in parallel, so the slowest gives the duration."""
    requests = [plan["requests"] for plan in plans]
    limits = budget_rules.RateLimits(app.config.requests_per_minute, app.config.burst)
    # With some keys shared and some not, this is a lower bound; the text says "at least".
    of_one_budget = sum(requests) if has_one_key(app) else max(requests, default=0)
    return {
        "requests": sum(requests),
        "minutes": round(estimate.estimated_seconds(of_one_budget, limits) / 60, 1),
        "megabytes_per_year": round(sum(plan["megabytes_per_year"] for plan in plans), 2),
    }


def has_one_key(app: App) -> bool:
    """Return whether all requests share one budget."""
    return len({entry.key for entry in app.config.players}) == 1


def print_plans(app: App, plans: list[dict[str, Any]], total: dict[str, Any]) -> None:
    for plan in plans:
        click.echo(f"{plan['username']}: {plan['targets_asked']:,} of {pluralize(plan['targets'], 'game')}")
        for label, text in _lines(app, plan, has_asked=bool(total["sent"])):
            click.echo(f"  {label:<9} {text}")
    duration = format_duration(total["minutes"] * 60)
    sent = f"{pluralize(total['sent'], 'request')} sent for this" if total["sent"] else "Nothing was sent"
    click.echo(f"In all {pluralize(total['requests'], 'request')} in at least {duration}. {sent}.")


def _lines(app: App, plan: dict[str, Any], *, has_asked: bool) -> list[tuple[str, str]]:
    """Return (label, text) for each line below the player's name."""
    lines = [("next run", pluralize(plan["requests"], "request"))]
    if plan["is_first_backfill"] and not has_asked:
        lines.append(("", with_config("and those of the backfill; how many: syncer plan --ask")))
    if plan["not_before"]:
        lines.append(("", f"not before {format_local(plan['not_before'], app)}: the site asked us to wait"))
    snapshots, runs = pluralize(plan["rows_per_year"], "snapshot"), pluralize(plan["runs_per_year"], "run")
    lines.append(("a year", f"{snapshots} and {runs}, {plan['megabytes_per_year']:,} MB"))
    source = "assumed" if plan["changes_are_assumed"] else "as in the last 30 days"
    lines.append(("", f"{plan['changes_per_game_and_day']:g} changes a day of each game, {source}"))
    if plan["no_achievements"]:
        ids = ", ".join(map(str, plan["no_achievements"]))
        lines.append(("empty", f"{ids}: no such game, or no achievements yet"))
    return lines
