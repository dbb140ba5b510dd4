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
    """A BudgetStore in the database. Raises StoreError."""

    def __init__(self, database: Database, key: str, now: Callable[[], datetime]) -> None:
        self._database = database
        self._row = budgets.c.key_fingerprint == fingerprint(key)
        self._fingerprint = fingerprint(key)
        self._now = now
        if database.path:
            with translated(database.name):
                budget.create_all(database.budgets)

    def apply(self, rule: Rule) -> tuple[Budget, Budget]:
        with translated(self._database.name), self._database.budgets.begin() as tx:
            before = self._read(tx)
            after = rule(before, self._now())
            if after != before:
                tx.execute(budgets.update().where(self._row).values(**asdict(after)))
            return before, after

    def _read(self, tx: sa.Connection) -> Budget:
        query = sa.select(*(budgets.c[name] for name in COLUMNS)).where(self._row).with_for_update()
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
