"""Shared by db backup, restore, copy and delete-player."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import click

from syncer.app import App, open_app
from syncer.cli.output.progress_bar import progress_bar
from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseIncompatible, DiskFull, StoreError, WriterLockHeld
from syncer.core.formats.text import pluralize
from syncer.run.lock import WriterLock, application_name
from syncer.store.admin.backup import backup
from syncer.store.db.engine import Database
from syncer.store.db.streaming import TableChecksum
from syncer.store.db.upgrade_obstacles import AGAIN

from .config import read_config
from .path_guards import reject_owned_path

Checksums: TypeAlias = dict[str, TableChecksum]
STOP_FIRST = "Nothing was changed. Stop that process (if it is the daemon: syncer run), then try: {}"
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def open_database(*, locked: bool = False) -> Iterator[tuple[App, SystemClock]]:
    """Yield an app on the configured database, of any revision and even if it is damaged.

    `locked`: hold its writer lock meanwhile.
    """
    clock = SystemClock()
    config = read_config(sends=False)
    with (
        open_app(config, clock, application=application_name()) as app,
        writer_lock(app.database, clock) if locked else nullcontext(),
    ):
        yield app, clock


@contextmanager
def writer_lock(database: Database, clock: SystemClock) -> Iterator[None]:
    lock = WriterLock(database, clock)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def one_shot_errors(command: str) -> Iterator[None]:
    """Replace a hint that is meant for the daemon, which tries again by itself, or for another command."""
    try:
        yield
    except WriterLockHeld as error:
        raise stopped_first(error, command) from None
    except DatabaseIncompatible as error:
        # That command would upgrade the configured database, and not the one of this command.
        error.hint = error.hint.replace(AGAIN, f"then try: {command}")
        raise
    except StoreError as error:
        is_general = type(error) in (StoreError, DiskFull)
        if is_general and not error.hint.startswith("Nothing was"):
            error.hint = f"Nothing was changed and no partial file was left. Solve this, then try: {command}"
        raise


def stopped_first(error: WriterLockHeld, command: str) -> WriterLockHeld:
    """Return the error with the hint for a command that does not go together with a daemon."""
    error.hint = STOP_FIRST.format(command)
    return error


def create_backup(app: App, file: Path | None, now: datetime) -> tuple[Path, Checksums]:
    """Write a backup to the file, or to a dated one: beside a SQLite file, else in the current folder."""
    path = app.database.path
    name = path.stem if path else app.database.url.database or "syncer"
    file = file or (path.parent if path else Path()) / f"{name}-{now:%Y%m%dT%H%M%SZ}.db"
    reject_owned_path(app, file)
    if file.exists():
        raise click.UsageError(f"{file} exists already, and a backup replaces no file; name another one")
    with progress_bar("backup") as report:
        return file, backup(app.database, file, report)


def describe_counts(checksums: Checksums) -> str:
    """Return the main counts, such as: 3 players, 120 games, 4000 snapshots."""
    nouns = {"players": "player", "games": "game", "snapshots": "snapshot", "unlocks": "unlock"}
    return ", ".join(
        pluralize(checksums[name].rows, noun) for name, noun in nouns.items() if name in checksums
    )
