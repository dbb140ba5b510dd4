"""syncer health"""

from typing import Any

import click

from syncer.cli.support.context import json_option, open_readonly, print_json
from syncer.cli.support.health import read_health_report
from syncer.core.errors import SyncerError
from syncer.core.formats.text import format_duration
from syncer.core.monitoring.health import HealthReport

UNWELL = 69


@click.command()
@json_option
def health(as_json: bool) -> None:
    """Exit 0 when every player was looked at within three intervals, else 69.

    For cron and containers; it asks the database, not the site. Why it is unwell: syncer doctor.
    """
    try:
        with open_readonly() as app:
            vitals = read_health_report(app)
    except SyncerError as error:
        if error.exit_code == 78:
            raise
        click.echo(f"unwell: {error.message}", err=True)
        raise click.exceptions.Exit(UNWELL) from None
    well = not vitals.stale_players
    if as_json:
        print_json({"ok": well, "players": players(vitals)})
    else:
        for pulse in vitals.players:
            age = pulse.age(vitals.at)
            ago = "never" if age is None else f"{format_duration(age)} ago"
            state = "ok" if pulse.is_fresh(vitals.at) else "overdue"
            click.echo(f"{pulse.username}: {state}, last look {ago}")
    raise click.exceptions.Exit(0 if well else UNWELL)


def players(vitals: HealthReport) -> list[dict[str, Any]]:
    """Each player with live targets, and each configured one that was never seen."""
    return [
        {
            "username": pulse.username,
            "last_poll_at": pulse.last_poll_at,
            "seconds_since_last_look": pulse.age(vitals.at),
            "ok": pulse.is_fresh(vitals.at),
        }
        for pulse in vitals.players
    ]
