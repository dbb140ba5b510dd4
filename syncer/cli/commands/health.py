"""syncer health"""

from typing import Any

import click

from syncer.cli.output.json_document import print_json
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.health import read_health_report
from syncer.cli.support.options import json_option
from syncer.core.errors import SyncerError
from syncer.core.formats.text import format_duration
from syncer.core.monitoring.health import HealthReport

UNHEALTHY = 69


@click.command()
@json_option
def health(as_json: bool) -> None:
    """Exit 0 if every player was polled within three intervals, else 69.

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
    is_healthy = not report.stale_players
    if as_json:
        print_json({"ok": is_healthy, "players": players(report)})
    else:
        print_players(report)
    raise click.exceptions.Exit(0 if is_healthy else UNHEALTHY)


def print_players(report: HealthReport) -> None:
    for player in report.players:
        age = player.age(report.at)
        last_poll = "never" if age is None else f"{format_duration(age)} ago"
        state = "ok" if player.is_fresh(report.at) else "overdue"
        click.echo(f"{player.username}: {player.problem or f'{state}, last poll {last_poll}'}")


def players(report: HealthReport) -> list[dict[str, Any]]:
    """Return each player with active targets and each configured player that was never polled."""
    return [
        {
            "username": player.username,
            "last_poll_at": player.last_poll_at,
            "seconds_since_last_poll": player.age(report.at),
            "ok": player.is_fresh(report.at),
            "problem": player.problem or None,
        }
        for player in report.players
    ]
