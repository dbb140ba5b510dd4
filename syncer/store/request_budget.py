"""The request budget in the database: one row per key, shared by all processes."""

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt
from syncer.core.ratelimit.budget import BudgetTransition, RequestBudget
from syncer.store.db.budget_table import budget, budgets
from syncer.store.db.driver_errors import translate_errors
from syncer.store.db.engine import Database
from syncer.store.db.server_time import server_now
from syncer.store.db.upsert import insert_or_ignore

logger = logging.getLogger("syncer")
COLUMNS = tuple(f.name for f in fields(RequestBudget))
THIS_KEY = budgets.c.key_fingerprint == sa.bindparam("key")
READ = sa.select(*(budgets.c[name] for name in COLUMNS)).where(THIS_KEY)
READ_ALL = sa.select(budgets.c.key_fingerprint, *(budgets.c[name] for name in COLUMNS))
READ_LOCKED = READ.with_for_update()
WRITE = budgets.update().where(THIS_KEY).values({name: sa.bindparam(name) for name in COLUMNS})


def check_file(database: Database) -> None:
    """Raise StoreError if the budget's file cannot be read, DatabaseCorrupt if it is damaged."""
    path = database.budget_path
    if path and os.path.exists(path):
        with translate_errors(str(path)), database.budget_reader.begin() as tx:
            if tx.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
                raise DatabaseCorrupt(f"{path} is damaged")


def fingerprint(key: str) -> str:
    """Return what identifies a key in the database, where the key itself must not be stored."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"ra-syncer").hexdigest()


def read_budgets(database: Database) -> dict[str, RequestBudget]:
    """Return all stored budgets by the fingerprints of their keys. Raises StoreError."""
    path = database.budget_path
    if path and not os.path.exists(path):
        return {}
    try:
        with translate_errors(str(path or database.name)), database.reading_budget() as tx:
            if path and not has_current_columns(tx):  # another process is about to create the table
                return {}
            return {key: RequestBudget(*values) for key, *values in tx.execute(READ_ALL)}
    except DatabaseCorrupt:
        if not path:
            raise
        return {}  # the next request replaces the file


class SqlBudgetStore:
    """The core's BudgetStore in SQL; with SQLite in a second file. Raises StoreError.

    A file of SQLite has one writer at a time, and a request must not wait for a transaction of the history.
    """

    def __init__(self, database: Database, key: str, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._key = {"key": fingerprint(key)}
        self._path = database.budget_path
        self._is_created = self._path is None  # PostgreSQL: by the migrations
        self._translated = partial(translate_errors, str(self._path)) if self._path else database.translated

    def read(self) -> RequestBudget:
        """Return the budget, in times of our clock; a new one where none is stored."""
        if self._path and not os.path.exists(self._path):
            return RequestBudget()
        try:
            with self._translated(), self._database.budget_reader.begin() as tx:
                if not self._is_created and not has_current_columns(tx):
                    return RequestBudget()  # another process is about to create the table
                row = tx.execute(READ, self._key).one_or_none()
                return moved(RequestBudget(*row), self._ahead(tx)) if row else RequestBudget()
        except DatabaseCorrupt:
            if not self._path:
                raise
            return RequestBudget()  # the next request replaces the file

    def apply(self, transition: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        """Change the budget in one transaction; return it (before, after)."""
        try:
            return self._apply(transition)
        except DatabaseCorrupt:
            if not self._path:
                raise
            self._quarantine_file(self._path)
            return self._apply(transition)

    def _apply(self, transition: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        with self._translated():
            self._create_table()
            with self._database.writing_budget() as tx:
                stored = self._read_locked(tx)
                ahead = self._ahead(tx)  # after the wait for the row
                before = moved(stored, ahead)
                after = transition(before, self._now())
                if after != before:
                    tx.execute(WRITE, values_of(moved(after, -ahead)) | self._key)
                return before, after

    def _ahead(self, tx: sa.Connection) -> timedelta:
        """Return by how much our clock is ahead of the one of the stored budget: in a cluster the server's.

        Its processes are on machines whose clocks may differ by minutes.
        """
        return self._now() - server_now(tx) if self._database.queue_schema else timedelta(0)

    def _create_table(self) -> None:
        """Create the table. One of another version is dropped: it holds only waits."""
        if self._is_created:
            return
        self._database.make_folder()  # a command may send a request before the first run
        with self._database.writing_budget() as tx:
            if not has_current_columns(tx):
                budget.drop_all(tx)
                budget.create_all(tx)
        self._is_created = True

    def _quarantine_file(self, path: Path) -> None:
        """Rename a damaged file, so that a new one is created: it holds waits, no history."""
        self._database.budgets.dispose()
        self._database.budget_reader.dispose()
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # another process was faster
            path.replace(path.with_name(path.name + ".damaged"))
        self._is_created = False
        message = "the request budget was damaged: its file was renamed to %s.damaged and a new one created"
        logger.warning(message, path)

    def _read_locked(self, tx: sa.Connection) -> RequestBudget:
        row = tx.execute(READ_LOCKED, self._key).one_or_none()
        if row is None:
            new = insert_or_ignore(tx, budgets).values(key_fingerprint=self._key["key"], outage_failures=0)
            tx.execute(new)
            row = tx.execute(READ_LOCKED, self._key).one()
        return RequestBudget(*row)


def values_of(budget: RequestBudget) -> dict[str, Any]:
    """Return the values by their columns, without the deep copies of asdict()."""
    return {name: getattr(budget, name) for name in COLUMNS}


def moved(budget: RequestBudget, by: timedelta) -> RequestBudget:
    """Return the budget with its moments moved."""
    if not by:
        return budget
    moments: dict[str, Any] = {
        name: value + by for name, value in values_of(budget).items() if isinstance(value, datetime)
    }
    return replace(budget, **moments)


def has_current_columns(tx: sa.Connection) -> bool:
    """Return whether the table exists with the columns of this version."""
    inspector = sa.inspect(tx)
    if not inspector.has_table(budgets.name):
        return False
    return {column["name"] for column in inspector.get_columns(budgets.name)} == set(budgets.c.keys())
