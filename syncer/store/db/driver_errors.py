"""Translate the errors of the database drivers into ours: what happened, and what a user can do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from syncer.core import descriptors
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, DiskFull, StoreBusy, StoreError

from .postgres import HINT_POOLING, TRANSACTION_POOLING

LOGIN_REFUSED = (  # before the server answers, libpq has no code but only these words
    *("authentication failed", "no password supplied", "no pg_hba.conf entry", "pg_hba.conf rejects"),
    *('role "',),
)
NO_CONNECTION_LEFT = "too many connections"  # which may name a role, too, and ends by itself
HINT_RESTORE = "Nothing more was written. Put the file back (or restore a backup), then start again."
HINT_RECOVER = (
    "Nothing was changed and the file is kept. Restore a backup, or recover what can be read: "
    'sqlite3 OLD ".recover" | sqlite3 NEW'
)

HINT_CHANGED = (
    "If another version of syncer has upgraded it, start that version. To see what differs: syncer doctor"
)
HINT_ENCODING = "Make a database in UTF-8 (createdb -E UTF8 -T template0 NAME), then: syncer db copy URL"


@contextmanager
def translate_errors(name: str, was_there: bool = False) -> Iterator[None]:
    """Raise StoreError for an error that a user can do something about. Others are bugs and stay as they are.

    `was_there`: the database existed, so one that is missing now has vanished.
    """
    try:
        yield
    except TimeoutError:
        raise StoreBusy(f"the database {name} is busy") from None
    except UnicodeDecodeError:  # both drivers return text, which every version has written as UTF-8
        raise DatabaseCorrupt(
            f"{name} is damaged: it holds text that is not UTF-8", hint=HINT_RECOVER
        ) from None
    except DBAPIError as error:
        mapped = map_dbapi_error(error, name, was_there)
        if mapped is None:
            raise
        raise mapped from error


def map_dbapi_error(error: DBAPIError, name: str, was_there: bool) -> StoreError | None:
    """Return the error by SQLite's result code or by the SQLSTATE, None for a bug."""
    code = getattr(error.orig, "sqlite_errorname", "")
    if was_there and is_other_schema(error):
        return DatabaseIncompatible(
            f"{name} was changed while in use ({first_line(error)})", hint=HINT_CHANGED
        )
    if code:
        return map_sqlite_error(code, name)
    state = getattr(error.orig, "sqlstate", None) or ""
    text = str(error.orig)
    is_refused = any(words in text for words in LOGIN_REFUSED) and NO_CONNECTION_LEFT not in text
    if state[:2] == "28" or (not state and is_refused):
        return DatabaseIncompatible(f"the database refused the login: {name}", hint="Correct [database] url.")
    if state == "3D000" or ("does not exist" in text and "database" in text and not state):
        if was_there:
            return DatabaseCorrupt(f"{name} vanished while it was in use", hint=HINT_RESTORE)
        create = "Create it, then try: syncer db upgrade"
        return DatabaseIncompatible(f"there is no such database: {name}", hint=create)
    if state == "42P01" or state == "3F000":
        if was_there:
            return DatabaseCorrupt(f"{name} was replaced by one without our tables", hint=HINT_RESTORE)
        return DatabaseIncompatible(f"{name} has no tables yet", hint="Make them: syncer db upgrade")
    if "invalid connection option" in text or "invalid URI" in text:
        return DatabaseIncompatible(f"the database url cannot be used: {first_line(error)}")
    if state in ("26000", "42P05"):  # a prepared statement is missing, or there twice
        return DatabaseIncompatible(TRANSACTION_POOLING, hint=HINT_POOLING)
    if state == "42501":
        why = f"this login may not do that: {name} ({first_line(error)})"
        return DatabaseIncompatible(why, hint="As the owner, GRANT it what is named there; then try again.")
    if state == "22P05":
        why = f"the encoding of {name} cannot hold a text of the site ({first_line(error)})"
        return DatabaseIncompatible(why, hint=HINT_ENCODING)
    if state in ("XX001", "XX002"):
        return DatabaseCorrupt(f"{name} is damaged", hint="Nothing was changed. Restore a backup.")
    if state in ("55P03", "57014"):
        return StoreBusy(f"the database {name} is busy")
    if state == "53100":
        return DiskFull(f"the disk of the server is full: {name}")
    if isinstance(error, OperationalError) or error.connection_invalidated or state == "25006":
        why = first_line(error) or type(error.orig).__name__
        return StoreError(f"the database did not answer: {name} ({why})")
    return None


def is_other_schema(error: DBAPIError) -> bool:
    """Return whether a column is missing, or on SQLite a table: another version has upgraded the database.

    That a statement of ours is wrong is the other cause; the tests execute each.
    """
    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
        return str(error.orig).startswith(("no such table", "no such column"))
    return getattr(error.orig, "sqlstate", None) == "42703"


def first_line(error: DBAPIError) -> str:
    """Return what the driver reported, without details."""
    return (str(error.orig).splitlines() or [""])[0][:200]


def map_sqlite_error(code: str, name: str) -> StoreError | None:
    """Return the error for SQLite's name of a result code, None for a bug."""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"the database {name} is locked by another program")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseCorrupt(f"{name} is damaged, or no database", hint=HINT_RECOVER)
    if code.startswith("SQLITE_FULL"):
        return DiskFull(f"the disk is full: {name}")
    if code.startswith("SQLITE_CANTOPEN") and descriptors.are_exhausted():
        return StoreError(f"{descriptors.TOO_MANY_FILES}: {name}", hint=descriptors.HINT)
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(
            f"{name} cannot be opened or written ({code})", hint="Check the folder and its permissions."
        )
    return None
