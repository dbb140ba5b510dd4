"""The plan as text."""

from collections.abc import Iterator
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.characters import ellipsis
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.hints import with_config
from syncer.core.formats.text import format_duration, pluralize

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
MAX_LISTED = 5  # ids in a line; --json has them all
DELAYS = {
    "play": "by play",
    "points": "by hand, a reset",
    "revision": "a revised set",
    "unseen": "of 0 points, an award",
}


def print_plans(app: App, plans: list[dict[str, Any]], total: dict[str, Any]) -> None:
    for plan in plans:
        games = f"{plan['targets_asked']:,} of {pluralize(plan['targets'], 'game')}"
        click.echo(
            f"{plan['username']}: {games if plan['targets'] else 'no game is known before the first run'}"
        )
        for label, text in _lines(app, plan, has_asked=bool(total["sent"])):
            click.echo(wrapped(text, f"  {label:<9} "))
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
        yield "", with_config("and those that read older unlocks, once; how many: syncer plan --ask")
    if plan["not_before"]:
        yield "", f"not before {format_local(plan['not_before'], app)}: the site asked us to wait"
    if plan["is_first_backfill"] and not plan["targets"]:
        yield "a day", with_config("not known before the played games are: syncer plan --ask")
        return
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
