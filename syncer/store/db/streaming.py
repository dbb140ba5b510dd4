"""Read many rows in little memory, as of one moment, and compute their checksums."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt

from .driver_errors import translate_errors
from .engine import Database

BATCH = 2000  # rows in memory at a time
Rows: TypeAlias = Sequence[Sequence[Any]]
ProgressCallback: TypeAlias = Callable[[int, int], object]  # done, of how many


@contextmanager
def snapshot_transaction(database: Database) -> Iterator[sa.Connection]:
    """Begin a read transaction of any length that sees one state of the database."""
    with database.reading() as tx:
        if database.path is None:
            tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        disable_timeouts(tx)  # SQLite's WAL gives every transaction one state by itself
        yield tx


def disable_timeouts(tx: sa.Connection) -> None:
    """Disable the timeouts in this transaction: large tables and slow readers are no errors."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def batches(tx: sa.Connection, query: sa.Executable, name: str) -> Iterator[Rows]:
    """Yield the rows in batches; on PostgreSQL by a server-side cursor. `name`: the database in errors."""
    with translate_errors(name):
        found = tx.execution_options(yield_per=BATCH).execute(query)
        yield from found.partitions()


class RepeatableQuery:
    """The rows of a query as dictionaries. Each iteration runs the query again."""

    def __init__(self, tx: sa.Connection, query: sa.Select[*tuple[Any, ...]], name: str) -> None:
        self._tx, self._query, self._name = tx, query, name

    def __iter__(self) -> Iterator[dict[str, Any]]:
        columns = self._query.selected_columns.keys()
        for rows in batches(self._tx, self._query, self._name):
            yield from (dict(zip(columns, row, strict=True)) for row in rows)


@dataclass(frozen=True, slots=True)
class TableChecksum:
    """The number of rows and their digest, which is equal for equal rows in equal order on any database."""

    rows: int
    digest: str


class ChecksumBuilder:
    """A checksum that grows row by row."""

    def __init__(self) -> None:
        self._hash, self.rows = hashlib.blake2b(digest_size=16), 0

    def add(self, rows: Rows) -> None:
        # By repr: both databases give equal Python values, and repr tells None from '' and 1 from '1'.
        self._hash.update("".join(f"{tuple(row)!r}\n" for row in rows).encode())
        self.rows += len(rows)

    @property
    def checksum(self) -> TableChecksum:
        return TableChecksum(self.rows, self._hash.hexdigest())


def checksum_of(rows: Iterable[Rows]) -> TableChecksum:
    builder = ChecksumBuilder()
    for batch in rows:
        builder.add(batch)
    return builder.checksum


def require_equal(wanted: dict[str, TableChecksum], found: dict[str, TableChecksum], hint: str) -> None:
    """Raise DatabaseCorrupt with the names of all tables that differ."""
    names = [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]
    if names:
        named = ", ".join(f"{n} ({_rows(wanted, n)} rows, {_rows(found, n)} copied)" for n in sorted(names))
        raise DatabaseCorrupt(f"the copy differs from the source: {named}", hint=hint)


def _rows(checksums: dict[str, TableChecksum], name: str) -> int:
    return checksums[name].rows if name in checksums else 0
