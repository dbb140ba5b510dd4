"""The plan as text."""

from collections.abc import Iterator
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.characters import ellipsis
from syncer.cli.output.columns import PLAYER, Column
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.hints import with_config
from syncer.core.formats.text import format_duration, name_some, pluralize

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
WAITING = "the key waits, after an outage or as the site asked"
MAX_LISTED = 5  # ids or names in a line; --json has them all
COLUMNS = (
    PLAYER,
    "games",
    "requests",  # of the next run
    Column("a day", drop_order=3),
    Column("play", drop_order=1),
    Column("play is seen within", drop_order=2),
    Column("MB a year", drop_order=4),
)
DELAYS = {
    "play": "by play",
    "points": "by hand, a reset",
    "revision": "a revised set",
    "unseen": "of 0 points, an award",
}


def print_plans(app: App, plans: list[dict[str, Any]], total: dict[str, Any]) -> None:
    if total["budget_share"] > 1:
        click.echo(too_much(app, total))
    requests, duration = pluralize(total["requests"], "request"), format_duration(total["minutes"] * 60)
    sent = f"{pluralize(total['sent'], 'request')} sent for this" if total["sent"] else "Nothing was sent"
    if len(plans) > 1:
        a_day = sum(plan["requests_per_day"] for plan in plans)
        a_year = f"{total['megabytes_per_year']:,.2f} MB a year"
        text = f"{pluralize(len(plans), 'player')}: {requests} in the next run, in at least {duration}"
        click.echo(wrapped(f"{text}; about {a_day:,.0f} a day; {a_year}. {sent}.", indent="  "))
        print_players(app, plans, has_asked=bool(total["sent"]))
    else:
        for plan in plans:
            print_in_full(app, plan, has_asked=bool(total["sent"]))
        click.echo(f"In all {requests} in at least {duration}. {sent}.")


def print_players(app: App, plans: list[dict[str, Any]], *, has_asked: bool) -> None:
    """Print a row for each of several players, after what is special about some."""
    for text, names in special(app, plans, has_asked=has_asked).items():
        click.echo(wrapped(f"{name_some(names, MAX_LISTED)}: {text}", indent="  "))
    click.echo()
    print_table(COLUMNS, plans, _cells)
    click.echo(with_config("\nOne player in full: syncer plan --player NAME"))


def special(app: App, plans: list[dict[str, Any]], *, has_asked: bool) -> dict[str, list[str]]:
    """Return what is not so for all players, each with their names."""
    found: dict[str, list[str]] = {}
    for plan in plans:
        if plan["is_first_backfill"] and not has_asked:
            text = with_config("older unlocks are still to be read, once; how many: syncer plan --ask")
            found.setdefault(text, []).append(plan["username"])
        if plan["not_before"]:
            text = f"not before {format_local(plan['not_before'], app)}: {WAITING}"
            found.setdefault(text, []).append(plan["username"])
        if count := plan["targets_dropped"]:
            found.setdefault(dropped_text(count), []).append(plan["username"])
        if count := len(plan["no_achievements"]):
            text = f"{pluralize(count, 'game')} without achievements"
            found.setdefault(text, []).append(plan["username"])
    return found


def dropped_text(count: int) -> str:
    """Return how many games, which `status` still counts, the configuration does not name any more."""
    return f"not followed any more with this configuration: {pluralize(count, 'game')}"


def _cells(plan: dict[str, Any]) -> list[object]:
    is_known = bool(plan["targets"]) or not plan["is_first_backfill"]
    return [
        plan["username"],
        f"{plan['targets_asked']:,} of {plan['targets']:,}" if plan["targets"] else "not known yet",
        plan["requests"],
        round(plan["requests_per_day"]) if is_known else "",
        f"{plan['play_hours_per_day']:g} h a day" if is_known else "",
        format_duration(plan["delay_seconds"]["play"]) if plan["targets"] else "",
        round(plan["megabytes_per_year"], 1) if is_known else "",
    ]


def print_in_full(app: App, plan: dict[str, Any], *, has_asked: bool) -> None:
    """Print all that is planned for one player."""
    games = f"{plan['targets_asked']:,} of {pluralize(plan['targets'], 'game')}"
    click.echo(f"{plan['username']}: {games if plan['targets'] else 'no game is known before the first run'}")
    for label, text in _lines(app, plan, has_asked=has_asked):
        click.echo(wrapped(text, f"  {label:<9} "))
    if plan["targets"]:
        print_table(["  requests a day", *(f"{name:>8}" for name in ("fixed", "expected"))], list(_day(plan)))
        print_table(["  a change", "is seen within"], list(_delays(plan)))


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
    if plan["targets_dropped"]:
        yield "", dropped_text(plan["targets_dropped"])
    if plan["is_first_backfill"] and not has_asked:
        yield "", with_config("and those that read older unlocks, once; how many: syncer plan --ask")
    if plan["not_before"]:
        yield "", f"not before {format_local(plan['not_before'], app)}: {WAITING}"
    if plan["is_first_backfill"] and not plan["targets"]:
        yield "a day", with_config("not known before the played games are: syncer plan --ask")
        return
    rows = plan["rows_per_year"]
    runs, snapshots = pluralize(rows["runs"], "run"), pluralize(rows["snapshots"], "snapshot")
    others = sum(rows.values()) - rows["runs"] - rows["snapshots"]
    yield "a year", f"{runs}, {snapshots}, {others:,} other rows: {plan['megabytes_per_year']:,.2f} MB"
    source = "assumed" if plan["habits_are_assumed"] else "as in the last 30 days"
    yield (
        "a day",
        f"about {plan['requests_per_day']:,.0f} requests; {plan['play_hours_per_day']:g} h of play, {source}",
    )
    if plan["no_achievements"]:
        found = plan["no_achievements"]
        ids = ", ".join(map(str, found[:MAX_LISTED])) + (f", {ellipsis()}" if len(found) > MAX_LISTED else "")
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
