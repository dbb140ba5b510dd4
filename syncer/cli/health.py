"""syncer health"""

from typing import Any

import click

from syncer.app import App
from syncer.core.errors import SyncerError

from .common import json_option, lasting, print_json, reading

UNWELL = 69


@click.command()
@json_option
def health(as_json: bool) -> None:
    """Exit 0 when every player was looked at within three intervals, else 69.

    For cron and containers; it asks the database, not the site. Why it is unwell: syncer doctor.
    """
    try:
        with reading() as app:
            found = freshness(app)
    except SyncerError as error:
        if error.exit_code == 78:
            raise
        click.echo(f"unwell: {error.why}", err=True)
        raise click.exceptions.Exit(UNWELL) from None
    well = all(player["ok"] for player in found)
    if as_json:
        print_json({"ok": well, "players": found})
    else:
        for player in found:
            last = player["seconds_since_last_look"]
            ago = "never" if last is None else f"{lasting(last)} ago"
            click.echo(f"{player['username']}: {'ok' if player['ok'] else 'overdue'}, last look {ago}")
    raise click.exceptions.Exit(0 if well else UNWELL)


def freshness(app: App) -> list[dict[str, Any]]:
    """Each player with live targets, and each configured one that was never seen."""
    now, found = app.clock.now(), []
    for who in app.queries.players():
        last, longest = app.queries.last_look(who), app.queries.longest_interval(who)
        since = (now - last).total_seconds() if last else None
        ok = since is not None and since < 3 * longest.total_seconds()
        found.append(
            {"username": who.username, "last_look_at": last, "seconds_since_last_look": since, "ok": ok}
        )
    for entry in app.config.players:
        if not app.recorder.find_player(entry.username, entry.ulid):
            unseen = {"last_look_at": None, "seconds_since_last_look": None, "ok": False}
            found.append({"username": entry.label, **unseen})
    return found
