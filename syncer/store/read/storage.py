"""The database itself: its size, the size of a row, and the stored request budgets."""

import sqlalchemy as sa

from syncer.core.estimate.growth import RowSize
from syncer.core.ratelimit.budget import RequestBudget
from syncer.store.db.budget_table import budgets
from syncer.store.db.driver_errors import translate_errors
from syncer.store.request_budget import COLUMNS, has_current_columns

from .base import Reader

# Of 20,000 rows of each table, its indexes included.
SQLITE_ROWS = RowSize(snapshot=170, run=96, account=148, unlock=256, session=162, playtime=102, check=110)
POSTGRES_ROWS = RowSize(snapshot=240, run=160, account=181, unlock=317, session=162, playtime=126, check=184)


class StorageQueries(Reader):
    """Figures of the database as a whole."""

    def size(self) -> int:
        """Return the bytes of the whole database."""
        if self._database.path:
            # The newest rows may be in the -wal file only; -shm holds no data (SQLite builds it from -wal).
            parts = [self._database.path.with_name(self._database.path.name + end) for end in ("", "-wal")]
            return sum(part.stat().st_size for part in parts if part.exists())
        with self._database.reading() as tx:
            return int(tx.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)

    @property
    def row_size(self) -> RowSize:
        """The measured bytes of a row, indexes included."""
        return SQLITE_ROWS if self._database.path else POSTGRES_ROWS

    def request_budgets(self) -> list[RequestBudget]:
        """Return the stored budgets, one for a key; the key itself is stored as a fingerprint only."""
        path = self._database.budget_path
        if path is not None and not path.exists():
            return []
        query = sa.select(*(budgets.c[name] for name in COLUMNS)).order_by(budgets.c.key_fingerprint)
        with translate_errors(str(path or self._database.name)), self._database.budget_reader.begin() as tx:
            if not has_current_columns(tx):  # another process is about to create the table
                return []
            return [RequestBudget(**row._mapping) for row in tx.execute(query)]
