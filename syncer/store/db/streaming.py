"""Reading much in little memory, as of one moment; and counting what was read."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt

from .engine import Database, translate_errors

BATCH = 2000  # rows in memory at a time
Rows: TypeAlias = Sequence[Sequence[Any]]
ProgressCallback: TypeAlias = Callable[[int, int], object]  # done, of how many


@contextmanager
def snapshot_transaction(database: Database) -> Iterator[sa.Connection]:
    """A reading transaction in which nothing changes, however long it takes."""
    with database.reading() as tx:
        if database.path is None:
            tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        disable_timeouts(tx)
        yield tx


def disable_timeouts(tx: sa.Connection) -> None:
    """For this transaction: a reader who pauses, or a table that is large, is no fault."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def batches(tx: sa.Connection, query: sa.Executable, name: str) -> Iterator[Rows]:
    """The answer piece by piece; on PostgreSQL by a cursor of the server. `name`: whose errors these are."""
    with translate_errors(name):
        found = tx.execution_options(yield_per=BATCH).execute(query)
        yield from found.partitions()


class RepeatableQuery:
    """The rows of an answer as dictionaries, asked for anew each time they are gone through."""

    def __init__(self, tx: sa.Connection, query: sa.Select[*tuple[Any, ...]], name: str) -> None:
        self._tx, self._query, self._name = tx, query, name

    def __iter__(self) -> Iterator[dict[str, Any]]:
        columns = self._query.selected_columns.keys()
        for rows in batches(self._tx, self._query, self._name):
            yield from (dict(zip(columns, row, strict=True)) for row in rows)


@dataclass(frozen=True, slots=True)
class TableChecksum:
    """How many rows, and what they come to: equal rows in equal order, equal digest, on any database."""

    rows: int
    digest: str


class ChecksumBuilder:
    """Adds up rows while they pass."""

    def __init__(self) -> None:
        self._hash, self.rows = hashlib.blake2b(digest_size=16), 0

    def add(self, rows: Rows) -> None:
        self._hash.update("".join(f"{tuple(row)!r}\n" for row in rows).encode())
        self.rows += len(rows)

    @property
    def tally(self) -> TableChecksum:
        return TableChecksum(self.rows, self._hash.hexdigest())


def checksum_of(rows: Iterable[Rows]) -> TableChecksum:
    counting = ChecksumBuilder()
    for some in rows:
        counting.add(some)
    return counting.tally


def require_equal(wanted: dict[str, TableChecksum], found: dict[str, TableChecksum], hint: str) -> None:
    """Raises DatabaseCorrupt, naming every table that is not the same."""
    names = [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]
    if names:
        named = ", ".join(f"{n} ({_rows(wanted, n)} rows, {_rows(found, n)} copied)" for n in sorted(names))
        raise DatabaseCorrupt(f"the copy is not equal to what was copied: {named}", hint=hint)


def _rows(tallies: dict[str, TableChecksum], name: str) -> int:
    return tallies[name].rows if name in tallies else 0
