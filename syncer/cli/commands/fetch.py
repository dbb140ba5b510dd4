"""syncer fetch"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from syncer.api import serializers
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.support.app_context import open_for_api
from syncer.cli.support.hints import with_config
from syncer.core.errors import KEY_PAGE, ApiError, ConfigError, Deferred, PlayerNotFound, Unauthorized
from syncer.core.formats.site_address import game_id_in, username_in
from syncer.core.model.progress import MAX_NUMBER, GameId, Progress

PARTIAL = 3
MAX_REPEATED_IDS = 12  # more ids are not repeated in a hint
HINTS = (  # the first that fits
    (Unauthorized, f"Put the current key ({KEY_PAGE}) in the place of the old one (syncer config show)"),
    (PlayerNotFound, "Look up how the name is spelt on the site, or use the ULID"),
    (Deferred, "Wait that long"),
    (ApiError, "Wait a few minutes"),
)


def _username(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    value = username_in(value)
    # What the site accepts as `u` (site-api.md section 3); all else would be a 422.
    if not re.fullmatch("[A-Za-z0-9]{2,20}|[A-Za-z0-9]{26}", value):
        raise click.BadParameter(f"{value!r} is neither a name (2 to 20 letters and digits) nor a ULID")
    return value


def _ids(ctx: click.Context, parameter: click.Parameter, value: Sequence[str]) -> list[GameId]:
    pieces = [game_id_in(piece.strip()) for text in value for piece in text.split(",") if piece.strip()]
    for piece in pieces:
        # Bounded before int(), which raises another error for a number of thousands of digits.
        if not re.fullmatch("[0-9]{1,12}", piece) or not 0 < int(piece) <= MAX_NUMBER:
            raise click.BadParameter(f"{piece!r} is not a game id (a positive number)")
    # The site answers an id that is given twice with one entry (site-api.md 5.1).
    return list(dict.fromkeys(map(int, pieces)))


@click.command()
@click.argument("username", callback=_username)
@click.argument("ids", nargs=-1, metavar="[ID]…", callback=_ids)
@click.option("--json", "shape", flag_value="json", help="The site's own JSON; the default.")
@click.option("--camel", "shape", flag_value="camel", help="The same in the client libraries' camelCase.")
@click.option("--table", "shape", flag_value="table", help="Columns for people.")
@click.option("--profile", is_flag=True, help="Fetch the player's profile (GetUserProfile). Takes no ids.")
def fetch(username: str, ids: list[GameId], shape: str | None, profile: bool) -> None:
    """Fetch a player's progress in some games from the site, and print its answer. Stores nothing.

    USERNAME is a name or a ULID on RetroAchievements, configured or not. ID is a game's id there, the number
    at the end of its page's address; any number of them. The id of no game reads as six zeros. Exit 3 if the
    answer leaves one out, 78 if the site knows no such player.

    \b
    Examples:
      syncer fetch MaxMilyin 1 2 14402
      syncer fetch MaxMilyin --profile
    """
    if bool(ids) == profile:
        raise click.UsageError("--profile takes no ids" if profile else "Name at least one game id.")
    with open_for_api() as app, hints(retry_command(username, ids)):
        client = app.interactive_client(app.config.entry_for(username))
        if profile:
            print_profile(client.get_user_profile_fields(username), shape)
            return
        found = client.get_user_progress(username, ids)
    print_progress(found, shape)
    report_missing([game_id for game_id in ids if game_id not in found], username)


def retry_command(username: str, ids: Sequence[GameId]) -> str:
    """Return the command to type again; in words where there are too many ids to type."""
    if len(ids) > MAX_REPEATED_IDS:
        return "the same command"
    return f"syncer fetch {username} {' '.join(map(str, ids)) or '--profile'}"


@contextmanager
def hints(command: str) -> Iterator[None]:
    """Add to an error of the API that nothing was stored, what helps, and what to type next."""
    try:
        yield
    except ApiError as error:
        # A hint of the class speaks of runs and stored data; one of this error knows more than HINTS.
        own = error.hint.rstrip(".") if error.hint != type(error).hint else ""
        hint = own or next(hint for kind, hint in HINTS if isinstance(error, kind))
        error.hint = f"Nothing was stored or changed. {hint}, then try: {command}"
        if isinstance(error, PlayerNotFound):
            error.exit_code = ConfigError.exit_code  # a wrong name: to wait does not help
        raise


def print_progress(found: Mapping[GameId, Progress], shape: str | None) -> None:
    if shape != "table":
        print_json(serializers.camel_progress(found) if shape == "camel" else serializers.to_api_json(found))
        return
    headers = ["game", "unlocked", "in hardcore", "of", "points", "in hardcore", "of"]
    print_table(headers, [_row(game_id, progress) for game_id, progress in found.items()])


def _row(game_id: GameId, progress: Progress) -> list[object]:
    counts = (progress.num_achieved, progress.num_achieved_hardcore, progress.num_possible_achievements)
    points = (progress.score_achieved, progress.score_achieved_hardcore, progress.possible_score)
    return [str(game_id), *counts, *points]


def print_profile(fields: Mapping[str, Any], shape: str | None) -> None:
    if shape == "table":
        rows = [[name, "" if value is None else str(value)] for name, value in fields.items()]
        print_table(["field", "value"], rows)
    else:
        print_json(serializers.camel_profile(fields) if shape == "camel" else fields)


def report_missing(missing: Sequence[GameId], username: str) -> None:
    if missing:
        click.echo(f"syncer: the answer leaves out {', '.join(map(str, missing))}", err=True)
        command = with_config(retry_command(username, missing))
        click.echo(f"  The others are printed, and nothing was stored. Later, try: {command}", err=True)
        raise click.exceptions.Exit(PARTIAL)
