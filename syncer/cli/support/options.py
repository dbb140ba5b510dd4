"""Options and arguments that several commands share: --json, --player, GAME and WHEN."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import click

from syncer.app import App
from syncer.cli.output.columns import strip_controls
from syncer.core.formats.site_address import game_id_in, username_in
from syncer.core.formats.timestamps import parse_timestamp
from syncer.core.model.progress import MAX_NUMBER, GameId

from .hints import with_config

MAX_LISTED = 10  # games in a list to choose from
MAX_NEAR = 3  # games that a mistyped title may have meant
Function = Callable[..., Any]
TimeRange: TypeAlias = tuple[datetime | None, datetime | None]
WHEN = """WHEN is a date (2026-05-01), a time (2026-05-01T18:30, optionally with Z or +02:00), \
an age (90m, 36h, 3d, 2w), or now, today, yesterday. Without a zone it is in [schedule] timezone. A day \
alone means its start for --since, and its end (or now) elsewhere. A time in the future is refused."""


def json_option(function: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def player_option(function: Function) -> Function:
    text = "Only this player: a current or former name, or a ULID."
    return click.option("--player", "name", metavar="NAME", help=text, callback=_username)(function)


def _username(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    return username_in(value) if value else value


def parse_when(text: str, app: App, *, end_of_day: bool) -> datetime:
    """Return the time that WHEN means. Raises UsageError."""
    try:
        return parse_timestamp(text, app.config.zone, app.clock.now(), end_of_day=end_of_day)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def parse_time_range(since: str | None, until: str | None, app: App) -> TimeRange:
    """Return the times that --since and --until mean. Raises UsageError if the end is before the start."""
    start = parse_when(since, app, end_of_day=False) if since is not None else None
    end = parse_when(until, app, end_of_day=True) if until is not None else None
    if start and end and start > end:
        raise click.UsageError(f"--since {since} is later than --until {until}")
    return start, end


def find_game(text: str, app: App) -> GameId:
    """Return the game that GAME means: an id, or a part of a title that no other game has."""
    text = game_id_in(text)
    # Without isascii(), isdigit() accepts superscripts, which int() refuses.
    if text.isascii() and text.isdigit():
        if not 0 < int(text) <= MAX_NUMBER:
            raise click.UsageError(f"{text} is not a game id")
        return int(text)
    if not text.strip():  # each title contains it
        raise click.UsageError(with_config("GAME is empty. To list all games: syncer games"))
    found = app.queries.games.find(text, MAX_LISTED + 1)
    if not found:
        near = [
            f"{strip_controls(title)} ({game})" for game, title in app.queries.games.similar(text, MAX_NEAR)
        ]
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        hint = with_config("To list all games: syncer games")
        raise click.UsageError(f"no stored title contains {text!r}{meant or '.'} {hint}")
    if len(found) > 1:
        choices = "".join(f"\n  {game}  {strip_controls(title)}" for game, title in found[:MAX_LISTED])
        more = "\n  …" if len(found) > MAX_LISTED else ""
        raise click.UsageError(f"several titles contain {text!r}; type more of it, or the id:{choices}{more}")
    return found[0][0]
