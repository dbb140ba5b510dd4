"""syncer plan"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import click

from syncer.app import App, open_app
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.times import format_local
from syncer.cli.support.config import read_config
from syncer.cli.support.forecast import Forecast, forecast, is_first_backfill, rounded, stored_player
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.core.backfill.listing import fetch_library
from syncer.core.clock import SystemClock
from syncer.core.estimate.load import budget_share, estimated_seconds, needed_per_minute
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.library import PlayedGame
from syncer.core.ratelimit.budget import blocked_until
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.lock import application_name
from syncer.store.db.revision import current, require_current

KINDS = {  # what people read
    "probe": "games played last",
    "check": "points and rank",
    "sweep": "all games in turn",
    "polls": "all games",
    "profile": "profile",
    "listing": "list of awards",
    "recent": "all played games, monthly",
    "unlocks": "unlocks",
    "play": "while playing",
    "games": "single games",
    "search": "search for a difference",
}
DELAYS = {
    "play": "by play",
    "points": "by hand, a reset",
    "revision": "a revised set",
    "unseen": "of 0 points, an award",
}


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
    """Show the requests of the next run and of a day, how soon changes are seen, and what a year stores.

    Sends no request without --ask. Requests of a day that depend on what you do are those of the last 30
    days, or assumed. Games without achievements are listed: either there is no such game, or it has no set
    yet.
    """
    with open_app(read_config(), SystemClock(), application=application_name()) as app:
        # Before the first run there is no database, and the plan is that of a new player.
        if current(app.database) is not None:
            require_current(app.database)
        syncers = app.syncers([], interactive=True)
        found = [
            forecast(app, one, due=due, listed=ask_for_games(app, one) if ask else ()) for one in syncers
        ]
        plans = [document(app, *pair) for pair in zip(syncers, found, strict=True)]
        total = totals(app, plans) | {"sent": sum(syncer.source.requests for syncer in syncers)}
        if as_json:
            print_json({"players": plans, **total})
        else:
            print_plans(app, plans, total)


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
    return {
        "username": player.username if player else syncer.tracked.label,
        "targets": targets,
        "targets_asked": len(polls.polled),
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


def totals(app: App, plans: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all players; keys are used in parallel, so the slowest gives the duration."""
    requests, limits = [plan["requests"] for plan in plans], app.rate_limits
    by_key: dict[str, float] = {}
    for entry, plan in zip(app.config.players, plans, strict=True):
        key = entry.key.reveal()
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


def print_plans(app: App, plans: list[dict[str, Any]], total: dict[str, Any]) -> None:
    for plan in plans:
        click.echo(f"{plan['username']}: {plan['targets_asked']:,} of {pluralize(plan['targets'], 'game')}")
        for label, text in _lines(app, plan, has_asked=bool(total["sent"])):
            click.echo(f"  {label:<9} {text}")
        if plan["targets"]:
            print_table(
                ["  requests a day", *(f"{name:>8}" for name in ("fixed", "expected"))], list(_day(plan))
            )
            print_table(["  a change", "is seen within"], list(_delays(plan)))
    duration = format_duration(total["minutes"] * 60)
    sent = f"{pluralize(total['sent'], 'request')} sent for this" if total["sent"] else "Nothing was sent"
    click.echo(f"In all {pluralize(total['requests'], 'request')} in at least {duration}. {sent}.")
    if total["budget_share"] > 1:
        click.echo(too_much(app, total))


def too_much(app: App, total: dict[str, Any]) -> str:
    """Return the warning that the request budget is too small."""
    return (
        "WARNING: the request budget cannot keep this: polls will be late, and gaps follow.\n"
        f"One key needs {total['needed_requests_per_minute']:g} requests a minute; "
        f"[api] requests_per_minute is {app.config.requests_per_minute:g}.\n"
        "Longer [schedule] every or idle_every need fewer."
    )


def _lines(app: App, plan: dict[str, Any], *, has_asked: bool) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for each line below the player's name."""
    yield "next run", pluralize(plan["requests"], "request")
    if plan["is_first_backfill"] and not has_asked:
        yield "", with_config("and those of the backfill; how many: syncer plan --ask")
    if plan["not_before"]:
        yield "", f"not before {format_local(plan['not_before'], app)}: the site asked us to wait"
    rows = plan["rows_per_year"]
    runs, snapshots = pluralize(rows["runs"], "run"), pluralize(rows["snapshots"], "snapshot")
    others = sum(rows.values()) - rows["runs"] - rows["snapshots"]
    yield "a year", f"{runs}, {snapshots}, {others:,} other rows: {plan['megabytes_per_year']:,} MB"
    source = "assumed" if plan["habits_are_assumed"] else "as in the last 30 days"
    yield (
        "a day",
        f"about {plan['requests_per_day']:,.0f} requests; {plan['play_hours_per_day']:g} h of play, {source}",
    )
    if plan["no_achievements"]:
        ids = ", ".join(map(str, plan["no_achievements"]))
        yield "empty", f"{ids}: no such game, or no achievements yet"


def _day(plan: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each kind of request."""
    fixed, expected = plan["fixed_requests_per_day"], plan["expected_requests_per_day"]
    for kind, name in KINDS.items():
        numbers = fixed.get(kind, 0), expected.get(kind, 0)
        if any(numbers):
            yield f"    {name}", _number(numbers[0]), _number(numbers[1])
    yield "    in all", _number(sum(fixed.values())), _number(sum(expected.values()))


def _number(value: float) -> str:
    return f"{value:,.1f}".rjust(8) if value else ""


def _delays(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    delay = plan["delay_seconds"]
    for kind, name in DELAYS.items():
        text = format_duration(delay[kind])
        if kind == "points" and delay["points_usual"] < delay["points"]:
            text = f"{format_duration(delay['points_usual'])} as a rule, {text} at the latest"
        yield f"    {name}", text
