"""Engines, pragmas and the wall where a driver's error becomes ours."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError

BUSY_MS = 5000
POSTGRES_OPTIONS = (
    "-c statement_timeout=60000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off "
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
READ_ONLY = " -c default_transaction_read_only=on"
LOGIN_REFUSED = (  # libpq says it in words only, where the server has not answered yet
    *("authentication failed", "no password supplied", "no pg_hba.conf entry", "pg_hba.conf rejects"),
    *('role "',),
)


def parse(url: str) -> sa.URL:
    """Raises DatabaseIncompatible for an address that cannot be a database of ours."""
    if url.startswith("sqlite:///"):
        return sa.URL.create("sqlite", database=os.path.realpath(url.removeprefix("sqlite:///")))
    try:
        made = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise DatabaseIncompatible(
            "the database url cannot be read", hint="Correct [database] url."
        ) from None
    if "@" in (made.host or ""):
        hint = "Correct [database] url: in a password write @ as %40, : as %3A and / as %2F."
        raise DatabaseIncompatible("the database url holds more than one @", hint=hint)
    if made.drivername in ("postgres", "postgresql"):
        made = made.set(drivername="postgresql+psycopg")
    return made


class Database:
    """A database and its two doors: `writer` for whoever records, `reader` for every question."""

    def __init__(self, url: str, *, application: str = "syncer") -> None:
        self.url = parse(url)
        self.path = Path(self.url.database or "") if self.url.drivername == "sqlite" else None
        self._inode: tuple[int, int] | None = None
        self._pinned = False
        self.budget_path = self.path.with_name(self.path.name + "-budget") if self.path else None
        if self.path and self.budget_path:
            self.writer = sqlite_engine(self.path, "BEGIN IMMEDIATE", wal=True, mode="rw")
            self.reader = sqlite_engine(self.path, "BEGIN", mode="ro")
            self.budgets = sqlite_engine(self.budget_path, "BEGIN IMMEDIATE", wal=True)
            self.budget_reader = sqlite_engine(self.budget_path, "BEGIN", mode="ro")
        else:
            self.writer = self.budgets = postgres_engine(self.url, application)
            self.reader = self.budget_reader = postgres_engine(self.url, application, READ_ONLY)

    def __repr__(self) -> str:
        return f"Database({self.name})"

    @property
    def name(self) -> str:
        """As it may be shown: passwords may stand before the host and among the options."""
        return str(self.path) if self.path else self.url.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction that holds the write lock from its start. Raises StoreError."""
        with translate_errors(self.name, self._pinned):
            self.verify_identity()
            with self.writer.begin() as tx:
                yield tx

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with translate_errors(self.name, self._pinned):
            self.verify_identity()
            with self.reader.begin() as tx:
                yield tx

    def translated(self) -> AbstractContextManager[None]:
        """For whoever opens a door of their own."""
        return translate_errors(self.name, self._pinned)

    def make_folder(self) -> None:
        """Where the files will be, for their owner only. Raises StoreError."""
        if self.path:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                why = f"the folder {self.path.parent} cannot be made ({error.strerror})"
                raise StoreError(why, hint="Name another place in [database] url.") from None

    def verify_identity(self) -> None:
        """A file that was deleted or replaced would swallow what is written. Raises DatabaseCorrupt."""
        if not self.path or self._inode is None:
            return
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise DatabaseCorrupt(f"{self.path} vanished while it was in use", hint=HINT_RESTORE) from None
        if (found.st_dev, found.st_ino) != self._inode:
            raise DatabaseCorrupt(f"{self.path} was replaced while it was in use", hint=HINT_RESTORE)

    def pin_identity(self) -> None:
        """From now on the database must stay the one that it is."""
        self._pinned = True
        if self.path:
            found = os.stat(self.path)
            self._inode = (found.st_dev, found.st_ino)

    def close(self) -> None:
        """Writers last: SQLite folds the log into the file when the last connection may write."""
        for engine in (self.reader, self.budget_reader, self.writer, self.budgets):
            engine.dispose()  # twice is fine


HINT_RESTORE = "Nothing more was written. Put the file back (or restore a backup), then start again."
HINT_RECOVER = (
    "Nothing was changed and the file is kept. Restore a backup, or recover what can be read: "
    'sqlite3 OLD ".recover" | sqlite3 NEW'
)


def sqlite_engine(path: Path, begin: str, *, wal: bool = False, mode: str = "rwc") -> sa.Engine:
    """`mode`: ro, rw, or rwc, which makes the file."""
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: _connect(path, mode),
        poolclass=sa.pool.QueuePool,
        pool_size=4,
        max_overflow=16,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(path: Path, mode: str) -> Any:
    """isolation_level None: the driver must not begin transactions of its own."""
    import sqlite3

    old = os.umask(0o077)
    try:
        name = f"{path.as_uri()}?mode={mode}"
        return sqlite3.connect(
            name, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
    finally:
        os.umask(old)


def postgres_engine(url: sa.URL, application: str, more_options: str = "") -> sa.Engine:
    own = url.query.get("options", "")
    return sa.create_engine(
        url.difference_update_query(["options"]),
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=16,
        connect_args={
            "application_name": application[:63],
            "connect_timeout": 10,
            "options": f"{own if isinstance(own, str) else ' '.join(own)} {POSTGRES_OPTIONS}{more_options}",
            "keepalives_idle": 30,
        },
    )


@contextmanager
def translate_errors(name: str, was_there: bool = False) -> Iterator[None]:
    """The driver's errors that a user can do something about become ours; a mistake of ours stays.

    `was_there`: a database that cannot be found now has vanished.
    """
    try:
        yield
    except TimeoutError:
        raise StoreBusy(f"the database {name} is busy") from None
    except DBAPIError as error:
        ours = map_dbapi_error(error, name, was_there)
        if ours is None:
            raise
        raise ours from error


def map_dbapi_error(error: DBAPIError, name: str, was_there: bool) -> StoreError | None:
    code = getattr(error.orig, "sqlite_errorname", "")
    if code:
        return map_sqlite_error(code, name)
    state = getattr(error.orig, "sqlstate", None) or ""
    text = str(error.orig)
    if state[:2] == "28" or (not state and any(words in text for words in LOGIN_REFUSED)):
        return DatabaseIncompatible(f"the database refused the login: {name}", hint="Correct [database] url.")
    if state == "3D000" or ("does not exist" in text and "database" in text and not state):
        if was_there:
            return DatabaseCorrupt(f"{name} vanished while it was in use", hint=HINT_RESTORE)
        create = "Create it, then try: syncer db upgrade"
        return DatabaseIncompatible(f"there is no such database: {name}", hint=create)
    if state == "42P01" or state == "3F000":
        if was_there:
            return DatabaseCorrupt(f"{name} was replaced by one without our tables", hint=HINT_RESTORE)
        return DatabaseIncompatible(f"{name} has no tables of ours yet", hint="Make them: syncer db upgrade")
    if "invalid connection option" in text or "invalid URI" in text:
        return DatabaseIncompatible(f"the database url cannot be used: {text.splitlines()[0][:200]}")
    if state == "42501":
        return DatabaseIncompatible(f"this login may not do that: {name}", hint="Grant it what it needs.")
    if state in ("XX001", "XX002"):
        return DatabaseCorrupt(f"{name} is damaged", hint="Nothing was changed. Restore a backup.")
    if state in ("55P03", "57014"):
        return StoreBusy(f"the database {name} is busy")
    if isinstance(error, OperationalError) or error.connection_invalidated or state == "25006":
        why = (text.splitlines() or [""])[0][:200]
        return StoreError(f"the database did not answer: {name} ({why or type(error.orig).__name__})")
    return None


def map_sqlite_error(code: str, name: str) -> StoreError | None:
    """By SQLite's own name for what happened; None: a mistake of ours."""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"the database {name} is locked by another program")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseCorrupt(f"{name} is damaged, or no database", hint=HINT_RECOVER)
    if code.startswith("SQLITE_FULL"):
        return StoreError(f"the disk is full: {name}", hint="Make room; it goes on by itself.")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(
            f"{name} cannot be opened or written ({code})", hint="Check the folder and its permissions."
        )
    return None
