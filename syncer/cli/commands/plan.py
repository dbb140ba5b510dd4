"""syncer plan"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from syncer.app import App, open_app
from syncer.cli.output.json_document import print_json
from syncer.cli.support.config import read_config
from syncer.cli.support.forecast import Forecast, forecast, rounded
from syncer.cli.support.next_run import is_first_backfill, stored_player
from syncer.cli.support.options import json_option
from syncer.cli.support.plan_text import print_plans
from syncer.cli.support.select_players import select_players
from syncer.core.backfill.listing import fetch_library
from syncer.core.clock import SystemClock
from syncer.core.errors import ApiError
from syncer.core.estimate.load import budget_share, estimated_seconds, needed_per_minute
from syncer.core.model.library import PlayedGame
from syncer.core.ratelimit.budget import blocked_until
from syncer.core.sync.player_sync import PlayerSync
from syncer.core.sync.reconcile import active
from syncer.run.lock import application_name
from syncer.store.db.revision import current, require_current


@click.command()
@click.option("--due", is_flag=True, help="Only games that are due, like the daemon.")
@click.option(
    "--ask",
    is_flag=True,
    help="If the backfill is still to come, ask the site for its size: one request for every 500 played "
    "games. Stores nothing.",
)
@click.option("--player", "name", metavar="NAME", help="Only this player: the configured name or ULID.")
@json_option
def plan(due: bool, ask: bool, name: str | None, as_json: bool) -> None:
    """Show the requests of the next run and of a day, how soon changes are seen, and what a year stores.

    Of several players a table; --player NAME shows one in full.

    Sends no request without --ask. Requests of a day that depend on what you do are those of the last 30
    days, or assumed. Games without achievements are listed: either there is no such game, or it has no set
    yet.
    """
    with open_app(read_config(), SystemClock(), application=application_name()) as app:
        # Before the first run there is no database, and the plan is that of a new player.
        if current(app.database) is not None:
            require_current(app.database)
        everyone = app.planners()
        syncers = select_players(everyone, name)
        entries = zip(app.config.players, everyone, strict=True)
        keys = [entry.key.reveal() for entry, syncer in entries if syncer in syncers]
        found = [
            forecast(app, one, due=due, listed=ask_each(app, one, len(syncers)) if ask else ())
            for one in syncers
        ]
        plans = [document(app, *pair) for pair in zip(syncers, found, strict=True)]
        total = totals(app, plans, keys) | {"sent": sum(syncer.source.requests for syncer in syncers)}
        if as_json:
            print_json({"players": plans, **total})
        else:
            print_plans(app, plans, total)


def ask_each(app: App, syncer: PlayerSync, players: int) -> Sequence[PlayedGame]:
    """Return the listing; of several players a failure is a warning, and the others are asked, too."""
    try:
        return ask_for_games(app, syncer)
    except ApiError as error:
        if players == 1:
            raise
        text = f"{syncer.tracked.label}: {error.message}; its plan is that of before"
        click.echo(f"syncer: warning: {text}", err=True)
        return ()


def ask_for_games(app: App, syncer: PlayerSync) -> Sequence[PlayedGame]:
    """Return the listing of a player whose backfill is still to come."""
    player = stored_player(app, syncer.tracked)
    if not is_first_backfill(syncer.tracked, player):
        return ()
    # Asked for by ULID if it is known: a name may have changed its owner (site-api.md section 3).
    user = player.ulid if player else syncer.tracked.label
    return fetch_library(syncer.source, user, app.clock.now())


def document(app: App, syncer: PlayerSync, found: Forecast) -> dict[str, Any]:
    """Return what is printed of one player."""
    player, polls, targets = found.player, found.plan.polls, len(found.plan.polls.targets)
    stored = active(app.queries.players.targets(player.id)) if player else []
    dropped = {target.game_id for target in stored} - {target.game_id for target in polls.targets}
    return {
        "username": player.username if player else syncer.tracked.label,
        "targets": targets,
        "targets_asked": len(polls.polled),
        "targets_dropped": len(dropped),
        "batches": len(polls.batches),
        "requests": found.requests,
        "is_first_backfill": found.is_first_backfill,
        "not_before": blocked_until(syncer.source.limiter.read(), app.clock.now()),
        "no_achievements": app.queries.games.without_achievements(player.id) if player else [],
        "fixed_requests_per_day": rounded(found.fixed),
        "expected_requests_per_day": rounded(found.expected),
        "requests_per_day": round(found.requests_a_day, 1),
        "play_hours_per_day": round(found.habits.play.total_seconds() / 3600, 2),
        "habits_are_assumed": found.habits.is_assumed,
        "delay_seconds": {kind: int(delay.total_seconds()) for kind, delay in asdict(found.delays).items()},
        "rows_per_year": {table: round(count) for table, count in asdict(found.rows).items()},
        "megabytes_per_year": round(found.rows.bytes(app.queries.storage.row_size) / 1e6, 2),
    }


def totals(app: App, plans: list[dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Return the sums over players with these keys, which are used in parallel: the slowest takes longest."""
    requests, limits = [plan["requests"] for plan in plans], app.rate_limits
    by_key: dict[str, float] = {}
    for key, plan in zip(keys, plans, strict=True):
        by_key[key] = by_key.get(key, 0.0) + plan["requests_per_day"]
    # With some keys shared and some not, this is a lower bound; the text says "at least".
    of_one_budget = sum(requests) if len(by_key) == 1 else max(requests, default=0)
    most = max(by_key.values(), default=0.0)
    return {
        "requests": sum(requests),
        "minutes": round(estimated_seconds(of_one_budget, limits) / 60, 1),
        "megabytes_per_year": round(sum(plan["megabytes_per_year"] for plan in plans), 2),
        "budget_share": round(budget_share(most, limits), 4),
        "needed_requests_per_minute": round(needed_per_minute(most, limits), 1),
    }
