"""syncer init"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from syncer.api import RetroAchievements
from syncer.cli.support.prompts import KEY_FILE, Answers, prompt, render_config
from syncer.config import Config, load_text
from syncer.core.errors import ConfigError, PlayerNotFound, SyncerError, Unauthorized
from syncer.store.admin.files import is_one_of, sidecar_files
from syncer.telemetry import log

FEW = 5  # games that are named


@click.command()
@click.option("--username", metavar="NAME", help="Your name on RetroAchievements.")
@click.option("--key-file", type=click.Path(path_type=Path), help="A file that holds your Web API Key.")
@click.option("--games", metavar="IDS", help='Ids of your games, like 1,2,14402; or "played" for all.')
@click.option("--database", metavar="URL", help="Like sqlite:///file.db; default: in your data folder.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is missing is an error.")
@click.pass_context
def init(ctx: click.Context, /, yes: bool, **given: Any) -> None:
    """Write a configuration, after trying the key and the name on RetroAchievements.

    It asks for what no option gives. The file is ./config.toml, or what --config says; nothing that is there
    is ever overwritten.

    \b
    Examples:
      syncer init
      syncer init --username MaxMilyin --key-file key --games 1,2,14402 --yes
    """
    path = Path(ctx.find_root().obj["config"] or "config.toml")
    refuse_to_overwrite(path)
    answers = prompt(given, may_ask=not yes and sys.stdin.isatty())
    if answers.key:
        refuse_to_overwrite(path.parent / KEY_FILE)
    text = render_config(answers, path.parent)
    with nothing_written():
        typed = {"SYNCER_API__KEY": answers.key} if answers.key else {}
        config = load_text(text, path, os.environ | typed)
        refuse_one_place_for_two(config, path, path.parent / KEY_FILE if answers.key else None)
        try_out(config, answers)
    if answers.key:
        write(path.parent / KEY_FILE, f"{answers.key}\n")
    write(path, text)
    named = ", ".join(map(str, answers.games[:FEW])) + " …" * (len(answers.games) > FEW)
    click.echo(f"Wrote {path}: {answers.username}, games {named}.")
    click.echo(f"Next: syncer {'' if path == Path('config.toml') else f'--config {path} '}sync")


@contextmanager
def nothing_written() -> Iterator[None]:
    """Whatever goes wrong here leads back to this command."""
    known: dict[type[SyncerError], str] = {
        Unauthorized: "Correct the key",
        PlayerNotFound: "Correct the name",
        ConfigError: "Correct it",
    }
    try:
        yield
    except SyncerError as error:
        what = known.get(type(error), error.hint.rstrip(".") or "Wait a little")
        error.hint = f"Nothing was written. {what}, then try again."
        raise


def refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        other = "Move it away first, or write elsewhere: syncer --config other/config.toml init"
        raise ConfigError(f"{path} is there already; it was not touched", hint=other)


def refuse_one_place_for_two(config: Config, path: Path, key_file: Path | None) -> None:
    """A database in the place of the settings would be the end of one of them. Raises ConfigError."""
    database = Path(config.database_url.reveal().removeprefix("sqlite:///"))  # of PostgreSQL: no file
    for place in (*config.files, *([key_file] if key_file else [])):
        if is_one_of(place, [database, *sidecar_files(database)]):
            raise ConfigError(f"{place} would belong to the database, too; give each its own name")
    if key_file and is_one_of(path, [key_file]):
        raise ConfigError(f"{path} would hold the key alone, too; give each its own name")


def try_out(config: Config, answers: Answers) -> None:
    """One question about the player, one about the games. Raises what the site says against it."""
    key = config.players[0].key.reveal()
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
    empty = [str(game) for game, seen in found.items() if not seen.num_possible_achievements]
    if empty:
        click.echo(f"Without achievements (no such game, or no set yet): {', '.join(empty)}", err=True)


def write(path: Path, text: str) -> None:
    """A new file for its owner alone. Raises ConfigError."""
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
    except OSError as error:
        where = "Choose a folder that is there and yours: syncer --config folder/config.toml init"
        raise ConfigError(f"{path} cannot be written ({error.strerror})", hint=where) from None
