"""What init asks, and the configuration that it writes from the answers."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from syncer.config.paths import SQLITE
from syncer.config.values import parse_game_ids, parse_key, parse_username
from syncer.core.errors import KEY_PAGE

KEY_FILE = "api_key"  # a typed key is stored in its own file beside the configuration
ASK_NAME = "Your name on RetroAchievements"
ASK_KEY = f"Your Web API Key ({KEY_PAGE}); it is not shown"
ALL_GAMES = "played"
ASK_GAMES = (
    "Your games: played (all that you ever played), or ids like 1,2,14402 (from their pages' addresses)"
)
TEMPLATE = """\
# Written by syncer init. Every other setting, with its default: config.example.toml

{database}[api]
username = {username}
{key}
[[players]]
username = {username}
games = [{games}]
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What init knows. `key` was typed, `key_file` exists already; without both, the environment has it."""

    username: str
    games: tuple[int | str, ...]
    database: str | None = None
    key: str | None = None
    key_file: Path | None = None


def has_key(options: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether a file or the environment holds the key already, so that it is not asked for."""
    return bool(options["key_file"]) or any(environ.get(f"SYNCER_API__KEY{end}") for end in ("", "_FILE"))


def prompt(options: Mapping[str, Any], interactive: bool) -> Answers:
    """Ask for what the options leave out. Raises UsageError if that is not possible."""
    needs_key = not has_key(options)
    missing = [name for name in ("username", "games") if not options[name]] + ["key-file"] * needs_key
    if missing and not interactive:
        raise click.UsageError(f"missing: {', '.join(f'--{name}' for name in missing)}")
    username = _answer(options["username"], ASK_NAME, parse_username)
    key = _ask_key() if needs_key else None
    games = _answer(options["games"], ASK_GAMES, parse_game_ids, default=ALL_GAMES)
    return Answers(username, games, options["database"], key, options["key_file"])


def ask_again(answers: Answers, *, is_key: bool) -> Answers:
    """Ask once more for the key, or else for the name."""
    if is_key:
        return replace(answers, key=_ask_key())
    return replace(answers, username=_answer(None, ASK_NAME, parse_username))


def _ask_key() -> Any:
    return _answer(None, ASK_KEY, parse_key, hidden=True)


def _answer(
    option: str | None,
    question: str,
    parse: Callable[[Any], Any],
    *,
    hidden: bool = False,
    default: str | None = None,
) -> Any:
    def checked(text: str) -> Any:
        try:
            return parse(text.strip())
        except ValueError as error:
            # The readers' messages begin with "is not" where the name of the setting would stand.
            message = str(error)
            value = f"{text!r} " if message.startswith("is ") and not hidden else ""
            raise click.UsageError(value + message) from None

    if option:
        return checked(option)
    return click.prompt(question, default=default, value_proc=checked, hide_input=hidden, err=True)


def render_config(answers: Answers, folder: Path) -> str:
    """Return the text of the configuration that will be in `folder`."""
    return TEMPLATE.format(
        # A string of JSON in ASCII is a string of TOML, too.
        username=json.dumps(answers.username),
        games=", ".join(map(json.dumps, answers.games)),
        database=_database_section(answers.database, folder) if answers.database else "",
        key=_key_line(answers, folder),
    )


def _key_line(answers: Answers, folder: Path) -> str:
    if answers.key:
        return f"key_file = {json.dumps(KEY_FILE)}\n"
    if not answers.key_file:
        return "# the key comes from the environment\n"
    return f"key_file = {_toml_string(_written_path(answers.key_file, folder))}\n"


def _database_section(url: str, folder: Path) -> str:
    """Return the section for a URL on the command line, where paths begin in the working directory."""
    file = url.removeprefix(SQLITE)
    if file not in ("", url):
        url = SQLITE + _written_path(Path(file), folder)
    return f"[database]\nurl = {_toml_string(url)}\n\n"


def _written_path(path: Path, folder: Path) -> str:
    """Return the path as a configuration in `folder` holds it: absolute, or the name of a file beside it."""
    # Not Path.resolve(): the user's own path stays, even if it goes over a link that may change.
    file = Path(os.path.abspath(os.path.expanduser(path)))
    # A name alone, so that the folder can be moved.
    return file.name if file.parent == Path(os.path.abspath(folder)) else str(file)


def _toml_string(text: str) -> str:
    # TOML refuses the surrogate pairs of ensure_ascii.
    return json.dumps(text, ensure_ascii=False)
