"""What db backup, restore, copy and forget share."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import click

from syncer.app import App, opened
from syncer.cli.output.progress_bar import bar
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.core.formats.text import counted
from syncer.run.lock import WriterLock, application_name
from syncer.store.admin.backup import backup
from syncer.store.db.engine import Database
from syncer.store.db.streaming import Tally

from .context import read_config
from .path_guards import refuse_ours

Tallies: TypeAlias = dict[str, Tally]
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def database(*, held: bool = False) -> Iterator[tuple[App, SystemClock]]:
    """The configured one, of whatever revision, perhaps damaged; `held`: as its only writer."""
    clock = SystemClock()
    config = read_config()
    with (
        opened(config, clock, application=application_name()) as app,
        holding(app.database, clock) if held else nullcontext(),
    ):
        yield app, clock


@contextmanager
def holding(database: Database, clock: SystemClock) -> Iterator[None]:
    lock = WriterLock(database, clock)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def once(command: str) -> Iterator[None]:
    """Nobody tries these again by itself: what is still fine, and what to type."""
    try:
        yield
    except StoreError as error:
        if type(error) is StoreError and not error.hint.startswith("Nothing was"):
            error.hint = f"Nothing was changed, no half file was left. See to that, then try: {command}"
        raise


def backed_up(app: App, file: Path | None, now: datetime) -> tuple[Path, Tallies]:
    """Into that file, else into a dated one: beside the database, or for PostgreSQL where one is."""
    path = app.database.path
    name = path.stem if path else app.database.url.database or "syncer"
    file = file or (path.parent if path else Path()) / f"{name}-{now:%Y%m%dT%H%M%SZ}.db"
    refuse_ours(app, file)
    if file.exists():
        raise click.UsageError(f"{file} is there already, and a backup replaces none; name another file")
    with bar("backup") as tell:
        return file, backup(app.database, file, tell)


def said(tallies: Tallies) -> str:
    """3 players, 120 snapshots: what there is most of a history's."""
    named = {"players": "player", "games": "game", "snapshots": "snapshot", "unlocks": "unlock"}
    return ", ".join(counted(tallies[name].rows, one) for name, one in named.items() if name in tallies)
