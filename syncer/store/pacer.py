"""The shared request budget: one row for a key, in step for all processes."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime

import sqlalchemy as sa

from syncer.core.pace import Budget, Rule

from .engine import Database, translated
from .tables import budget, budgets

COLUMNS = tuple(f.name for f in fields(Budget))


def fingerprint(key: str) -> str:
    """Stands for the key where the key must not be."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"ra-syncer").hexdigest()


class SharedBudget:
    """A BudgetStore in the database; with SQLite in a file beside it. Raises StoreError."""

    def __init__(self, database: Database, key: str, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._fingerprint = fingerprint(key)
        self._query = sa.select(*(budgets.c[name] for name in COLUMNS)).where(
            budgets.c.key_fingerprint == self._fingerprint
        )
        self._is_made = database.budget_path is None  # PostgreSQL: by the migrations

    def read(self) -> Budget:
        path = self._database.budget_path
        if path and not path.exists():
            return Budget()
        with translated(self._database.name), self._database.budget_reader.begin() as tx:
            if path and not sa.inspect(tx).has_table(budgets.name):  # another process is about to make it
                return Budget()
            row = tx.execute(self._query).one_or_none()
            return Budget(**row._mapping) if row else Budget()

    def apply(self, rule: Rule) -> tuple[Budget, Budget]:
        with translated(self._database.name):
            self._make()
            with self._database.budgets.begin() as tx:
                before = self._read_locked(tx)
                after = rule(before, self._now())
                if after != before:
                    mine = budgets.c.key_fingerprint == self._fingerprint
                    tx.execute(budgets.update().where(mine).values(**asdict(after)))
                return before, after

    def _make(self) -> None:
        if not self._is_made:
            self._database.make_folder()  # whoever only asks may come before the first run
            budget.create_all(self._database.budgets)
            self._is_made = True

    def _read_locked(self, tx: sa.Connection) -> Budget:
        query = self._query.with_for_update()
        row = tx.execute(query).one_or_none()
        if row is None:
            new = insert_ignore(tx, budgets).values(key_fingerprint=self._fingerprint, outage_failures=0)
            tx.execute(new)
            row = tx.execute(query).one()
        return Budget(**row._mapping)


def insert_ignore(
    tx: sa.Connection, table: sa.Table
) -> "sa.dialects.postgresql.Insert | sa.dialects.sqlite.Insert":
    """An insert that changes nothing where the row is there already."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()  # type: ignore[no-any-return]
