"""syncer db delete-player, and its former name: syncer db forget"""

from contextlib import suppress
from copy import copy

import click

from syncer.app import App
from syncer.cli.support.app_context import open_writer
from syncer.cli.support.config import read_config
from syncer.cli.support.db_admin import create_backup, one_shot_errors
from syncer.config import PlayerEntry
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError
from syncer.core.formats.text import pluralize
from syncer.store.admin.delete_player import delete_player as delete_stored_player
from syncer.store.read.players import PlayerRef


@click.command("delete-player")
@click.argument("player")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete_player(player: str, yes: bool) -> None:
    """Delete a player and everything that is stored about them.

    PLAYER is a current or former name, or a ULID. A backup is written first. Games that no other player has
    are deleted, too. A player in [[players]] is refused: remove the entry first.
    """
    clock = SystemClock()
    with one_shot_errors(f"syncer db delete-player {player}"), open_writer(read_config(), clock) as (app, _):
        found = find_player(app, player)
        reject_followed(app, found)
        question = f"Delete {found.username} ({found.ulid}) and everything that is stored about them?"
        if not yes and not click.confirm(question, err=True):
            click.echo(f"Nothing was deleted: {found.username} stays.")
            return
        path, _ = create_backup(app, None, clock.now())
        click.echo(f"Wrote {path}: every player is still in it. Delete the file once you are sure.")
        rows = delete_stored_player(app.database, found.id)
    click.echo(f"Deleted {found.username}: {pluralize(sum(rows.values()), 'row')}.")


# Hidden, so that scripts with the former name still work but help shows only one name.
forget = copy(delete_player)
forget.name, forget.hidden = "forget", True


def find_player(app: App, name: str) -> PlayerRef:
    """Return the one player with this name. Raises ConfigError for none, UsageError for several."""
    found = app.queries.players.select(name)
    if len(found) > 1:
        choices = ", ".join(f"{player.username} {player.ulid}" for player in found)
        raise click.UsageError(f"several players had the name {name}; type the ULID: {choices}")
    return found[0]


def reject_followed(app: App, player: PlayerRef) -> None:
    """Raise ConfigError if the player is in the configuration: the next run would store them again."""
    for entry in app.config.players:
        if is_entry_of(entry, player, app):
            command = f"syncer db delete-player {player.username}"
            raise ConfigError(
                f"{player.username} is still in the configuration (as {entry.label})",
                hint=f"Remove the entry from [[players]], then try: {command}",
            )


def is_entry_of(entry: PlayerEntry, player: PlayerRef, app: App) -> bool:
    """Return whether a run of this entry polls the player, whatever games it names."""
    if bound := app.queries.players.find(entry.username, entry.ulid):
        return bound.id == player.id
    # Not bound yet: the site resolves former names, too.
    with suppress(ConfigError):
        return bool(entry.username) and player in app.queries.players.select(entry.username)
    return False
