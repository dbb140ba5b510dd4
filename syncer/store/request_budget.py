"""The shared request budget: one row for a key, in step for all processes."""

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt
from syncer.core.ratelimit.budget import BudgetTransition, RequestBudget
from syncer.store.db.driver_errors import translate_errors
from syncer.store.db.engine import Database
from syncer.store.db.tables import budget, budgets
from syncer.store.db.upsert import insert_or_ignore

logger = logging.getLogger("syncer")
COLUMNS = tuple(f.name for f in fields(RequestBudget))
MINE = budgets.c.key_fingerprint == sa.bindparam("mine")
READ = sa.select(*(budgets.c[name] for name in COLUMNS)).where(MINE)
READ_LOCKED = READ.with_for_update()
WRITE = budgets.update().where(MINE).values({name: sa.bindparam(name) for name in COLUMNS})


def check_file(database: Database) -> None:
    """Raises StoreError where the file of the budget cannot be read, DatabaseCorrupt where it is damaged."""
    path = database.budget_path
    if path and os.path.exists(path):
        with translate_errors(str(path)), database.budget_reader.begin() as tx:
            if tx.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
                raise DatabaseCorrupt(f"{path} is damaged")


def fingerprint(key: str) -> str:
    """Stands for the key where the key must not be."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"ra-syncer").hexdigest()


class SqlBudgetStore:
    """A BudgetStore in the database; with SQLite in a file beside it. Raises StoreError."""

    def __init__(self, database: Database, key: str, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._mine = {"mine": fingerprint(key)}
        self._path = database.budget_path
        self._is_made = self._path is None  # PostgreSQL: by the migrations
        self._translated = partial(translate_errors, str(self._path)) if self._path else database.translated

    def read(self) -> RequestBudget:
        if self._path and not os.path.exists(self._path):
            return RequestBudget()
        try:
            with self._translated(), self._database.budget_reader.begin() as tx:
                if not self._is_made and not has_current_columns(tx):  # a process is about to make it
                    return RequestBudget()
                row = tx.execute(READ, self._mine).one_or_none()
                return RequestBudget(**row._mapping) if row else RequestBudget()
        except DatabaseCorrupt:
            if not self._path:
                raise
            return RequestBudget()  # the next request makes a new one

    def apply(self, rule: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        try:
            return self._apply(rule)
        except DatabaseCorrupt:
            if not self._path:
                raise
            self._quarantine_file(self._path)
            return self._apply(rule)

    def _apply(self, rule: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        with self._translated():
            self._make()
            with self._database.budgets.begin() as tx:
                before = self._read_locked(tx)
                after = rule(before, self._now())
                if after != before:
                    tx.execute(WRITE, asdict(after) | self._mine)
                return before, after

    def _make(self) -> None:
        """The table. One of another version's shape holds only waits: it is made anew."""
        if self._is_made:
            return
        self._database.make_folder()  # whoever only asks may come before the first run
        with self._database.budgets.begin() as tx:
            if not has_current_columns(tx):
                budget.drop_all(tx)
                budget.create_all(tx)
        self._is_made = True

    def _quarantine_file(self, path: Path) -> None:
        """A damaged file is kept, and a new one begun: it holds waits, no history."""
        self._database.budgets.dispose()
        self._database.budget_reader.dispose()
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # another process was faster
            path.replace(path.with_name(path.name + ".damaged"))
        self._is_made = False
        logger.warning("the request budget was damaged; it is kept as %s.damaged, a new one begun", path)

    def _read_locked(self, tx: sa.Connection) -> RequestBudget:
        row = tx.execute(READ_LOCKED, self._mine).one_or_none()
        if row is None:
            new = insert_or_ignore(tx, budgets).values(key_fingerprint=self._mine["mine"], outage_failures=0)
            tx.execute(new)
            row = tx.execute(READ_LOCKED, self._mine).one()
        return RequestBudget(**row._mapping)


def has_current_columns(tx: sa.Connection) -> bool:
    look = sa.inspect(tx)
    return look.has_table(budgets.name) and {
        column["name"] for column in look.get_columns(budgets.name)
    } == set(budgets.c.keys())
