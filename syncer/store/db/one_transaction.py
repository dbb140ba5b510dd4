"""A database of which several queries read one state."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from .engine import Database


class OneTransaction(Database):
    """A database of which every read belongs to the same transaction, which its owner ends."""

    def __init__(self, database: Database, tx: sa.Connection) -> None:
        vars(self).update(vars(database))
        self._tx = tx

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        yield self._tx

    @contextmanager
    def reading_budget(self) -> Iterator[sa.Connection]:
        """Yield the transaction; with SQLite another one, as the budget is in a file of its own."""
        if self.path is None:
            yield self._tx
        else:
            with super().reading_budget() as tx:
                yield tx


@contextmanager
def one_transaction(database: Database) -> Iterator[Database]:
    """Yield the database with all its reads in one transaction. Raises StoreError."""
    with database.reading() as tx:
        if database.path is None:  # SQLite's WAL gives every transaction one state by itself
            tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield OneTransaction(database, tx)
