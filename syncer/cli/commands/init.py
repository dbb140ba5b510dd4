"""syncer init"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from syncer.api import RetroAchievements
from syncer.cli.output.terminal import wrapped
from syncer.cli.support.hints import with_config
from syncer.cli.support.new_files import create, require_creatable
from syncer.cli.support.prompts import KEY_FILE, Answers, ask_again, has_key, prompt, render_config
from syncer.config import Config, load_text
from syncer.core.errors import ConfigError, PlayerNotFound, SyncerError, Unauthorized
from syncer.store.admin.files import is_one_of, sidecar_files
from syncer.telemetry import log

MAX_LISTED = 5  # games


@click.command()
@click.option("--username", metavar="NAME", help="Your name on RetroAchievements.")
@click.option("--key-file", type=click.Path(path_type=Path), help="A file that holds your Web API Key.")
@click.option("--games", metavar="IDS", help='Ids of your games, like 1,2,14402; or "played" for all.')
@click.option("--database", metavar="URL", help="Like sqlite:///file.db; default: in your data folder.")
@click.option("--yes", is_flag=True, help="Ask no question; a missing option is an error.")
@click.pass_context
def init(ctx: click.Context, /, yes: bool, **options: Any) -> None:
    """Write a configuration, after testing the key and the name on RetroAchievements.

    Asks for what the options leave out. The file is ./config.toml, or the one of --config; an existing file
    is never overwritten. Other users of the machine can see the arguments of a command: put a database URL
    with a password into $SYNCER_DATABASE__URL, or into the file that $SYNCER_DATABASE__URL_FILE names.

    \b
    Examples:
      syncer init
      syncer init --username MaxMilyin --key-file key --games 1,2,14402 --yes
    """
    path = Path(ctx.find_root().obj["config"] or "config.toml")
    key_file = path.parent / KEY_FILE
    interactive = not yes and sys.stdin.isatty()
    require_creatable(path)
    if interactive and not has_key(options):
        require_creatable(key_file)
    answers = prompt(options, interactive)
    with nothing_written():
        answers = ask_until_accepted(answers, path, interactive)
    write_settings(answers, path, key_file)
    games = ", ".join(map(str, answers.games[:MAX_LISTED])) + " …" * (len(answers.games) > MAX_LISTED)
    key = f" The key is in {key_file}." if answers.key else ""
    click.echo(wrapped(f"Wrote {path}: {answers.username}, games {games}.{key}"))
    if path == Path("config.toml"):  # which is found without the option
        click.echo(wrapped(f"Type the other commands in this folder, too: {Path.cwd()}"))
        click.echo("Next: syncer sync")
    else:
        click.echo(with_config("Next: syncer sync"))


def ask_until_accepted(answers: Answers, path: Path, interactive: bool) -> Answers:
    """Return the answers that the site accepts; only what it refuses is asked again. Raises SyncerError."""
    while True:
        try:
            check(answers, path)
            return answers
        except (Unauthorized, PlayerNotFound) as error:
            # A key from a file or from the environment cannot be corrected here.
            if not interactive or (isinstance(error, Unauthorized) and not answers.key):
                raise
            click.echo(f"Error: {error.message}. All other answers are kept.", err=True)
            answers = ask_again(answers, is_key=isinstance(error, Unauthorized))


def check(answers: Answers, path: Path) -> None:
    """Check the answers together, then on the site. Raises SyncerError."""
    typed = {"SYNCER_API__KEY": answers.key} if answers.key else {}
    config = load_text(render_config(answers, path.parent), path, os.environ | typed)
    reject_shared_paths(config, path, path.parent / KEY_FILE if answers.key else None)
    check_on_site(config, answers)


def write_settings(answers: Answers, path: Path, key_file: Path) -> None:
    """Write both files or none. Raises ConfigError."""
    if answers.key:
        # The key first: a configuration whose key_file is missing cannot be loaded.
        create(key_file, f"{answers.key}\n")
    try:
        create(path, render_config(answers, path.parent))
    except ConfigError:
        if answers.key:
            key_file.unlink()
        raise


@contextmanager
def nothing_written() -> Iterator[None]:
    """Add to each error that nothing was written and what to do before the next attempt."""
    advice: dict[type[SyncerError], str] = {
        Unauthorized: "Correct the key",
        PlayerNotFound: "Correct the name",
        ConfigError: "Correct it",
    }
    try:
        yield
    except SyncerError as error:
        action = advice.get(type(error), error.hint.rstrip(".") or "Wait a little")
        error.hint = f"Nothing was written. {action}, then try again."
        if isinstance(error, PlayerNotFound):
            error.exit_code = ConfigError.exit_code  # a wrong name: to wait does not help
        raise


def reject_shared_paths(config: Config, path: Path, key_file: Path | None) -> None:
    """Raise ConfigError if two of configuration, key and database would be the same file."""
    # The URL of a PostgreSQL database names no file, so that no path can be equal to it.
    database = Path(config.database_url.reveal().removeprefix("sqlite:///"))
    for file in (*config.files, *([key_file] if key_file else [])):
        if is_one_of(file, [database, *sidecar_files(database)]):
            raise ConfigError(
                f"{file} would also belong to the database; choose another name for one of them"
            )
    if key_file and is_one_of(path, [key_file]):
        raise ConfigError(f"{path} would also be the file of the key; choose another name for it")


def check_on_site(config: Config, answers: Answers) -> None:
    """Send one request about the player and one about the games. Raises ApiError."""
    key = config.players[0].key.reveal()
    # Before the first request: errors of HTTP libraries hold the key (site-api.md section 13, 14).
    log.configure("warning", "text", [key])
    with RetroAchievements(
        config.players[0].api_username,
        key,
        base_url=config.base_url,
        ca_file=config.ca_file,
        proxy=config.proxy,
        timeout=config.timeout,
    ) as site:
        site.get_user_profile(answers.username)
        found = site.get_user_progress(answers.username, config.players[0].games[: config.batch_size])
    empty = [str(game) for game, progress in found.items() if not progress.num_possible_achievements]
    if empty:
        click.echo(f"Without achievements (no such game, or no set yet): {', '.join(empty)}", err=True)
