"""Engines and their settings, and the database that the rest of the store works on."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy import event

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError

from .driver_errors import HINT_RESTORE, translate_errors
from .postgres import READ_ONLY, postgres_engine, several_hosts
from .write_turns import WriteTurns

# KiB of pages that each connection of a reader keeps. With SQLite's default of 2,000 a daemon with pages
# grows by 4 MiB more with its history, and no query is faster; with 500 sums over years are slower.
READER_CACHE = 1000


def parse(url: str) -> sa.URL:
    """Return the parsed URL of a database. Raises DatabaseIncompatible if it is unusable."""
    if url.startswith("sqlite:///"):
        return sa.URL.create("sqlite", database=os.path.realpath(url.removeprefix("sqlite:///")))
    try:
        made = sa.make_url(several_hosts(url))
    except (sa.exc.ArgumentError, ValueError):
        raise DatabaseIncompatible(
            "the database url cannot be read", hint="Correct [database] url."
        ) from None
    if "@" in (made.host or ""):
        hint = "Correct [database] url: in a password write @ as %40, : as %3A and / as %2F."
        raise DatabaseIncompatible("the database url holds more than one @", hint=hint)
    if made.drivername in ("postgres", "postgresql"):
        made = made.set(drivername="postgresql+psycopg")
    return made.set(host=unquote(made.host)) if made.host else made  # a host may be the path of a socket


class Database:
    """A database with two engines: `writer` for recording, `reader` for everything else.

    `is_disposable`: SQLite need not wait for the disk, for the file may be lost with the machine's power.
    `queue_schema`: where the tables of the job queue are; empty: there is none.
    """

    def __init__(
        self, url: str, *, application: str = "syncer", is_disposable: bool = False, queue_schema: str = ""
    ) -> None:
        self.url, self.queue_schema = parse(url), queue_schema
        self.path = Path(self.url.database or "") if self.url.drivername == "sqlite" else None
        self._inode: tuple[int, int] | None = None
        self._pinned = False
        self._turns, self._budget_turns = (WriteTurns(str(self.path or "")) for _ in range(2))
        self.budget_path = self.path.with_name(self.path.name + "-budget") if self.path else None
        if self.path and self.budget_path:
            waits = "OFF" if is_disposable else "FULL"
            self.writer = sqlite_engine(self.path, "BEGIN IMMEDIATE", wal=waits, mode="rw")
            self.reader = sqlite_engine(self.path, "BEGIN", mode="ro")
            self.budgets = sqlite_engine(self.budget_path, "BEGIN IMMEDIATE", wal=waits)
            self.budget_reader = sqlite_engine(self.budget_path, "BEGIN", mode="ro")
        else:
            self.writer = self.budgets = postgres_engine(self.url, application)
            self.reader = self.budget_reader = postgres_engine(self.url, application, READ_ONLY)

    def __repr__(self) -> str:
        return f"Database({self.name})"

    @property
    def name(self) -> str:
        """The name to show, without passwords, which may stand before the host and among the options."""
        if self.path:
            return str(self.path)
        typed = self.url.set(drivername=self.url.get_backend_name(), query={})  # and without the driver
        return typed.render_as_string(hide_password=True)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Begin a transaction that holds the write lock from its start. Raises StoreError."""
        with self._turns.turn(), translate_errors(self.name, self._pinned):
            self.verify_identity()
            with self.writer.begin() as tx:
                yield tx

    @contextmanager
    def writing_budget(self) -> Iterator[sa.Connection]:
        """Begin a transaction on the request budget. Raises StoreBusy, and errors of the driver."""
        with self._budget_turns.turn(), self.budgets.begin() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with translate_errors(self.name, self._pinned):
            self.verify_identity()
            with self.reader.begin() as tx:
                yield tx

    @contextmanager
    def reading_budget(self) -> Iterator[sa.Connection]:
        """Begin a read transaction on the request budget. Raises errors of the driver."""
        with self.budget_reader.begin() as tx:
            yield tx

    def check(self) -> None:
        """Raise StoreError if the database does not answer, DatabaseCorrupt if its file was replaced."""
        with self.reading():
            pass

    def translated(self) -> AbstractContextManager[None]:
        """Translate errors for code that connects on its own."""
        return translate_errors(self.name, self._pinned)

    def make_folder(self) -> None:
        """Create the folder of the files, for its owner only. Raises StoreError."""
        if self.path:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                why = f"the folder {self.path.parent} cannot be made ({error.strerror})"
                raise StoreError(why, hint="Name another place in [database] url.") from None

    def verify_identity(self) -> None:
        """Raise DatabaseCorrupt if the file was deleted or replaced: what is written to it would be lost."""
        if not self.path or self._inode is None:
            return
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise DatabaseCorrupt(f"{self.path} vanished while it was in use", hint=HINT_RESTORE) from None
        if (found.st_dev, found.st_ino) != self._inode:
            raise DatabaseCorrupt(f"{self.path} was replaced while it was in use", hint=HINT_RESTORE)

    def pin_identity(self) -> None:
        """Remember the identity of the file, which must not change from now on."""
        self._pinned = True
        if self.path:
            found = os.stat(self.path)
            self._inode = (found.st_dev, found.st_ino)

    def close(self) -> None:
        """Close the engines, the writer last: its last connection moves SQLite's log into the file."""
        for engine in (self.reader, self.budget_reader, self.writer, self.budgets):
            engine.dispose()  # may be called twice


def sqlite_engine(path: Path, begin: str, *, wal: str = "", mode: str = "rwc") -> sa.Engine:
    """Return an engine. `begin`: how a transaction begins. `mode`: ro, rw, or rwc, which creates the file.

    `wal`: how a writer waits for the disk (PRAGMA synchronous); empty: it only reads.
    """
    from . import sqlite_file  # a daemon on PostgreSQL does not load SQLite

    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite_file.connect(path, mode),
        poolclass=sa.pool.QueuePool,
        pool_size=4,
        max_overflow=16,
        pool_use_lifo=True,  # the cache of the last connection holds what is asked next
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {sqlite_file.BUSY_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        _distrust(connection)
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {wal}")
        else:
            connection.execute(f"PRAGMA cache_size = -{READER_CACHE}")

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, _: Any, __: Any) -> None:
        sqlite_file.require_unchanged(path, connection)

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _distrust(connection: Any) -> None:
    """Let nothing in the schema of a file call a function with side effects, or write to its pages."""
    import sqlite3

    connection.execute("PRAGMA trusted_schema = OFF")
    if hasattr(connection, "setconfig"):  # since Python 3.12
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined,unused-ignore]
