"""What db backup, restore, copy and forget share."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import click

from syncer.app import App, open_app
from syncer.cli.output.progress_bar import bar
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.core.formats.text import pluralize
from syncer.run.lock import WriterLock, application_name
from syncer.store.admin.backup import backup
from syncer.store.db.engine import Database
from syncer.store.db.streaming import TableChecksum

from .context import read_config
from .path_guards import reject_owned_path

Tallies: TypeAlias = dict[str, TableChecksum]
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def open_database(*, held: bool = False) -> Iterator[tuple[App, SystemClock]]:
    """The configured one, of whatever revision, perhaps damaged; `held`: as its only writer."""
    clock = SystemClock()
    config = read_config()
    with (
        open_app(config, clock, application=application_name()) as app,
        writer_lock(app.database, clock) if held else nullcontext(),
    ):
        yield app, clock


@contextmanager
def writer_lock(open_database: Database, clock: SystemClock) -> Iterator[None]:
    lock = WriterLock(open_database, clock)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def one_shot_errors(command: str) -> Iterator[None]:
    """Nobody tries these again by itself: what is still fine, and what to type."""
    try:
        yield
    except StoreError as error:
        if type(error) is StoreError and not error.hint.startswith("Nothing was"):
            error.hint = f"Nothing was changed, no half file was left. See to that, then try: {command}"
        raise


def create_backup(app: App, file: Path | None, now: datetime) -> tuple[Path, Tallies]:
    """Into that file, else into a dated one: beside the database, or for PostgreSQL where one is."""
    path = app.database.path
    name = path.stem if path else app.database.url.database or "syncer"
    file = file or (path.parent if path else Path()) / f"{name}-{now:%Y%m%dT%H%M%SZ}.db"
    reject_owned_path(app, file)
    if file.exists():
        raise click.UsageError(f"{file} is there already, and a backup replaces none; name another file")
    with bar("backup") as tell:
        return file, backup(app.database, file, tell)


def describe_counts(tallies: Tallies) -> str:
    """3 players, 120 snapshots: what there is most of a history's."""
    named = {"players": "player", "games": "game", "snapshots": "snapshot", "unlocks": "unlock"}
    return ", ".join(pluralize(tallies[name].rows, one) for name, one in named.items() if name in tallies)
