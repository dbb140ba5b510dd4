"""syncer health"""

from typing import Any

import click

from syncer.app import App
from syncer.cli.output.json_document import print_json
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.health import read_health_report
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.core.errors import SyncerError
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.monitoring.health import HealthReport, PlayerHealth

UNHEALTHY = 69


@click.command()
@json_option
def health(as_json: bool) -> None:
    """Exit 0 if every player was polled as promised, else 69.

    The account is to be polled within three intervals ([schedule] every), or within one and gap_after if that
    is longer; with [schedule] at, half an hour and gap_after after each time. No game may be later than
    promised by an hour and gap_after.

    For cron and containers. Reads the database and sends no request. To find the cause: syncer doctor.
    """
    try:
        with open_readonly() as app:
            report = read_health_report(app)
    except SyncerError as error:
        # The configuration or the revision of the database is wrong: an error of the setup, not an outage.
        if error.exit_code == 78:
            raise
        click.echo(f"unhealthy: {error.message}", err=True)
        raise click.exceptions.Exit(UNHEALTHY) from None
    # Without a player nothing is recorded: in a container that has lost its configuration, too.
    is_healthy = bool(report.players or app.config.players) and not report.stale_players
    if as_json:
        print_json({"ok": is_healthy, "players": players(report)})
    else:
        print_players(app, report)
        if not is_healthy:
            click.echo(with_config("To find the cause: syncer doctor"), err=True)
    raise click.exceptions.Exit(0 if is_healthy else UNHEALTHY)


def print_players(app: App, report: HealthReport) -> None:
    if not report.players and not app.config.players:
        click.echo("no player was polled yet")
    for player in report.players:
        click.echo(f"{player.username}: {player.problem or describe(app, report, player)}")


def describe(app: App, report: HealthReport, player: PlayerHealth) -> str:
    """Return how a player is, when it was polled last, and until when the site asked to wait."""
    age, wait = player.age(report.at), report.site_wait(player)
    last_poll = "never" if age is None else f"{format_duration(age)} ago"
    if player.is_fresh(report.at):
        return f"ok, last poll {last_poll}"
    is_polled = player.is_polled(report.at)
    state = f"{pluralize(player.neglected, 'game')} overdue" if is_polled else "overdue"
    waiting = f"; the site asked to wait until {format_local(wait, app)}" if wait else ""
    return f"{state}, last poll {last_poll}{waiting}"


def players(report: HealthReport) -> list[dict[str, Any]]:
    """Return each player with active targets and each configured player that was never polled."""
    return [
        {
            "username": player.username,
            "last_poll_at": player.last_poll_at,
            "seconds_since_last_poll": player.age(report.at),
            "ok": player.is_fresh(report.at),
            "overdue": player.overdue,
            "problem": player.stale_reason(report.at) or None,
            "not_before": report.site_wait(player),
        }
        for player in report.players
    ]
