"""What the commands share: the configuration, an open app, times and tables as people like them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import click

from syncer.app import App, open_app
from syncer.cli.output.table import strip_controls
from syncer.config import Config, load, secrets_in
from syncer.core.clock import SystemClock
from syncer.core.formats.timestamps import format_utc, parse_timestamp
from syncer.core.model.progress import MAX_NUMBER, GameId
from syncer.run.lock import WriterLock, application_name
from syncer.run.startup import prepare_schema, wait_for_database
from syncer.store.db.revision import current, require_current
from syncer.telemetry import log

MAX_LISTED = 10  # games in a list to choose from
Function = Callable[..., Any]
Span: TypeAlias = tuple[datetime | None, datetime | None]


WHEN = """WHEN is a date (2026-05-01), a moment (2026-05-01T18:30, where wanted with Z or +02:00), \
or an age (90m, 36h, 3d, 2w). Without a zone it is in [schedule] timezone. A date alone is its beginning \
for --since, else its end. The future is refused."""


def json_option(function: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(function)


def player_option(function: Function) -> Function:
    said = "Only this player: a name, a former one, or a ULID."
    return click.option("--player", "name", metavar="NAME", help=said)(function)


def bad_services(config: Config) -> list[str]:
    """Addresses for messages that cannot be used. Takes half a second where there are any."""
    from syncer.notify import invalid_urls

    known = config.services and find_spec("apprise")
    return invalid_urls([service.url.reveal() for service in config.services]) if known else []


def read_config(*, say_warnings: bool = True, check_services: bool = False) -> Config:
    """The configuration of this call; its warnings go to stderr. Sets up the logs.

    `check_services`: services for messages are looked at, too.
    """
    given = click.get_current_context().find_root().obj
    config = load(given["config"], extra_check=bad_services if check_services else None)
    log.configure(given["level"] or config.log_level, config.log_format, secrets_of(config))
    for warning in config.warnings if say_warnings else ():
        click.echo(f"syncer: warning: {warning}", err=True)
    return config


def read_again(path: Path | None) -> Config:
    """The configuration of a daemon at SIGHUP. The log hides its secrets, too. Raises ConfigError."""
    config = load(path, extra_check=bad_services)
    log.add_secrets(secrets_of(config))
    return config


def secrets_of(config: Config) -> list[str]:
    """What no log may show."""
    secrets = [player.key.reveal() for player in (*config.players, config.owner)]
    secrets.append(config.ping_url.reveal())
    return secrets + [secret for service in config.services for secret in secrets_in(service.url.reveal())]


@contextmanager
def open_readonly() -> Iterator[App]:
    """For commands that only ask: nothing is created, nothing is written."""
    config = read_config()
    with open_app(config, SystemClock(), application=application_name()) as app:
        require_current(app.database)
        yield app


@contextmanager
def open_writer(config: Config, clock: SystemClock, wait: float = 0.0) -> Iterator[tuple[App, WriterLock]]:
    """Yield an app that may write, once the database answers and its writer lock is held.

    `wait`: seconds to wait for the lock. Raises WriterLockHeld after that.
    """
    with open_app(config, clock, application=application_name()) as app:
        wait_for_database(app, lambda: current(app.database))
        lock = WriterLock(app.database, clock)
        lock.acquire(wait)
        try:
            prepare_schema(app)
            yield app, lock
        finally:
            lock.release()


@contextmanager
def open_for_api() -> Iterator[App]:
    """For commands that ask the site and keep nothing: no player is needed, and with SQLite no database."""
    config = read_config()
    with open_app(config, SystemClock(), application=application_name()) as app:
        if app.database.path is None:  # there the budget is a table beside the history
            require_current(app.database)
        yield app


def when(text: str | None, app: App, *, end_of_day: bool) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_timestamp(text, app.config.zone, app.clock.now(), end_of_day=end_of_day)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def span(since: str | None, until: str | None, app: App) -> Span:
    """What --since and --until mean. One that ends before it begins is a mistake, not an empty answer."""
    start, end = when(since, app, end_of_day=False), when(until, app, end_of_day=True)
    if start and end and start > end:
        raise click.UsageError(f"--since {since} is later than --until {until}; nothing lies between them")
    return start, end


def game_id(words: str, app: App) -> GameId:
    """GAME: an id, or an unambiguous part of a title."""
    if words.isascii() and words.isdigit():
        if not 0 < int(words) <= MAX_NUMBER:
            raise click.UsageError(f"{words} is not a game id")
        return int(words)
    found = app.queries.games.find(words, MAX_LISTED + 1)
    if not found:
        raise click.UsageError(f"no stored title holds {words!r}; all of them: syncer at 0s")
    if len(found) > 1:
        named = "".join(f"\n  {game}  {strip_controls(title)}" for game, title in found[:MAX_LISTED])
        more = "\n  …" if len(found) > MAX_LISTED else ""
        raise click.UsageError(f"several games are called so; say more, or name the id:{named}{more}")
    return found[0][0]


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, default=json_default))


def json_default(value: Any) -> str:
    """What JSON has no form of its own for."""
    return format_utc(value) if isinstance(value, datetime) else str(value)


def format_local(moment: datetime | None, app: App) -> str:
    """As the player's clock shows it."""
    return f"{moment.astimezone(app.config.zone):%Y-%m-%d %H:%M}" if moment else "-"
