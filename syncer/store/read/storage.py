"""The database itself: its size, the size of a row, and the stored request budgets."""

import sqlalchemy as sa

from syncer.core.estimate.growth import RowSize
from syncer.core.ratelimit.budget import RequestBudget
from syncer.store.request_budget import read_budgets

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

    def request_budgets(self) -> dict[str, RequestBudget]:
        """Return the stored budgets by the fingerprints of their keys, which are not stored themselves."""
        return read_budgets(self._database)
