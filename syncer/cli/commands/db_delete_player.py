"""syncer db forget"""

import click

from syncer.app import App
from syncer.cli.support.context import open_writer, read_config
from syncer.cli.support.db_admin import create_backup, one_shot_errors
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError
from syncer.core.formats.text import pluralize
from syncer.store.admin.delete_player import delete_player as delete_stored_player
from syncer.store.read.players import PlayerRef


@click.command()
@click.argument("player")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(player: str, yes: bool) -> None:
    """Remove a player, and all that is stored about them, for good.

    PLAYER is a name, a former name or a ULID. A backup is written first. Games that nobody else has go, too.
    Whoever is still followed is not forgotten: take them out of [[players]] first.
    """
    clock = SystemClock()
    with one_shot_errors(f"syncer db forget {player}"), open_writer(read_config(), clock) as (app, _):
        who = find_player(app, player)
        refuse_who_is_followed(app, who)
        question = f"Remove {who.username} ({who.ulid}) and everything that is stored about them?"
        if not yes and not click.confirm(question, err=True):
            click.echo(f"Nothing was removed: {who.username} stays.")
            return
        place, _ = create_backup(app, None, clock.now())
        click.echo(f"Wrote {place}: everybody is still in it; delete it once you are sure.")
        rows = delete_stored_player(app.database, who.id)
    click.echo(f"{who.username} is forgotten: {pluralize(sum(rows.values()), 'row')}.")


def find_player(app: App, player: str) -> PlayerRef:
    found = app.queries.players.select(player)
    if len(found) > 1:
        ulids = ", ".join(f"{who.username} {who.ulid}" for who in found)
        raise click.UsageError(f"{player} was the name of several; give the ULID: {ulids}")
    return found[0]


def refuse_who_is_followed(app: App, who: PlayerRef) -> None:
    names = {name.lower() for name in (who.username, who.config_name, who.ulid) if name}
    for entry in app.config.players:
        if entry.games and names & {name.lower() for name in (entry.username, entry.ulid) if name}:
            raise ConfigError(
                f"{who.username} is still followed (as {entry.label})",
                hint=f"Take them out of [[players]] first, then try: syncer db forget {who.username}",
            )
