"""What `syncer init` asks, and the configuration that the answers make."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from syncer.config.values import parse_game_ids, parse_key, parse_username

KEY_FILE = "api_key"  # a typed key is kept in a file of its own, beside the configuration
THE_KEY_IS = "Your Web API Key (on retroachievements.org: Settings, Authentication); it is not shown"
THE_IDS_ARE = "Your games: played (all of them), or ids like 1,2,14402 (from their pages' addresses)"
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
    """`key`: typed; `key_file`: where it lies already; neither: the environment has it."""

    username: str
    games: tuple[int | str, ...]
    database: str | None = None
    key: str | None = None
    key_file: Path | None = None


def prompt(given: Mapping[str, Any], may_ask: bool, environ: Mapping[str, str] = os.environ) -> Answers:
    """What was not given is asked for. Raises UsageError where that may not be."""
    has_key = given["key_file"] or any(environ.get(f"SYNCER_API__KEY{end}") for end in ("", "_FILE"))
    lacking = [name for name in ("username", "games") if not given[name]] + ["key-file"] * (not has_key)
    if lacking and not may_ask:
        raise click.UsageError(f"missing: {', '.join(f'--{name}' for name in lacking)}")
    name = _answer(given["username"], "Your name on RetroAchievements", parse_username)
    key = None if has_key else _answer(None, THE_KEY_IS, parse_key, hidden=True)
    games = _answer(given["games"], THE_IDS_ARE, parse_game_ids)
    return Answers(name, games, given["database"], key, given["key_file"])


def _answer(given: str | None, question: str, read: Callable[[Any], Any], *, hidden: bool = False) -> Any:
    def checked(text: str) -> Any:
        try:
            return read(text.strip())
        except ValueError as error:
            said = str(error)
            about = f"{text!r} " if said.startswith("is ") and not hidden else ""
            raise click.UsageError(about + said) from None

    return (
        checked(given) if given else click.prompt(question, value_proc=checked, hide_input=hidden, err=True)
    )


def render_config(answers: Answers, folder: Path) -> str:
    """The configuration that will lie in `folder`."""
    return TEMPLATE.format(
        username=json.dumps(answers.username),
        games=", ".join(map(json.dumps, answers.games)),
        database=f"[database]\nurl = {json.dumps(answers.database)}\n\n" if answers.database else "",
        key=_key_line(answers, folder),
    )


def _key_line(answers: Answers, folder: Path) -> str:
    if answers.key:
        return f"key_file = {json.dumps(KEY_FILE)}\n"
    if not answers.key_file:
        return "# the key comes from the environment\n"
    lies = Path(os.path.abspath(answers.key_file.expanduser()))
    inside = lies.parent == Path(os.path.abspath(folder))
    return f"key_file = {json.dumps(lies.name if inside else str(lies), ensure_ascii=False)}\n"
