"""Parquet holds what the database holds: read by DuckDB and by pandas, with the same rows and types."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from syncer.cli.output.parquet import ROWS_OF_GROUP
from syncer.cli.output.row_files import row_file
from syncer.store.admin.export import TABLES, columns_of, exporting
from syncer.store.db.engine import Database
from syncer.store.db.streaming import Rows, TableChecksum, checksum_of
from syncer.store.db.tables import games
from tests.migrated import prepare

from .many_players import ODD
from .sql_facts import write
from .sql_parameters import FACTS
from .sql_world import START

# What DuckDB and pandas call the types of a column, by the type in Python.
DUCKDB: dict[type, str] = {
    **{int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", str: "VARCHAR"},
    **{date: "DATE", datetime: "TIMESTAMP WITH TIME ZONE"},
}
PANDAS: dict[type, str] = {
    **{int: "int64[pyarrow]", float: "double[pyarrow]", bool: "bool[pyarrow]", str: "string[pyarrow]"},
    **{date: "date32[day][pyarrow]", datetime: "timestamp[us, tz=UTC][pyarrow]"},
}


@pytest.fixture
def filled(database_url: str) -> Iterator[Database]:
    """Return a database of each kind with rows in most tables, and with odd titles."""
    database = Database(database_url)
    prepare(database, START)
    write(database, FACTS)
    with database.writing() as tx:
        tx.execute(games.insert(), [{"id": 9000 + n, "title": title} for n, title in enumerate(ODD)])
    yield database
    database.close()


def write_parquet(path: Path, columns: Mapping[str, type], batches: Iterable[Rows]) -> None:
    with path.open("wb") as file, row_file(file, "parquet", columns) as rows:
        for some in batches:
            rows.write(some)


def export_all(database: Database, folder: Path) -> dict[str, TableChecksum]:
    """Write all tables and views as Parquet; return the checksums of their rows by SQL."""
    found = {}
    with exporting(database) as tables:
        for name in TABLES:
            rows = list(tables.rows(name, None, None))
            write_parquet(folder / f"{name}.parquet", columns_of(name), rows)
            found[name] = checksum_of(rows)
    return found


def test_duckdb_and_pandas_read_equal_rows_of_the_right_types(filled: Database, tmp_path: Path) -> None:
    wanted = export_all(filled, tmp_path)
    assert sum(checksum.rows > 0 for checksum in wanted.values()) > 20
    for name in TABLES:
        path, kinds = tmp_path / f"{name}.parquet", columns_of(name)
        types, rows = read_with_duckdb(path)
        assert (name, types) == (name, {column: DUCKDB[kind] for column, kind in kinds.items()})
        assert (name, checksum_of([rows])) == (name, wanted[name])
        types, rows = read_with_pandas(path)
        assert (name, types) == (name, {column: PANDAS[kind] for column, kind in kinds.items()})
        assert (name, checksum_of([rows])) == (name, wanted[name])


def read_with_duckdb(path: Path) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path))
        types = dict(zip(found.columns, map(str, found.types), strict=True))
        return types, [tuple(map(in_utc, row)) for row in found.fetchall()]


def read_with_pandas(path: Path) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    frame = pd.read_parquet(path, dtype_backend="pyarrow")
    columns = [[in_utc(None if value is pd.NA else value) for value in frame[name]] for name in frame]
    return {name: str(kind) for name, kind in frame.dtypes.items()}, list(zip(*columns, strict=True))


def in_utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    assert value.tzinfo is not None
    return (value.to_pydatetime() if isinstance(value, pd.Timestamp) else value).astimezone(UTC)


def test_a_long_file_has_groups_of_a_bounded_size(tmp_path: Path) -> None:
    path, count = tmp_path / "n.parquet", 2 * ROWS_OF_GROUP + 10
    numbers = [(n,) for n in range(count)]
    write_parquet(path, {"n": int}, (numbers[start : start + 2000] for start in range(0, count, 2000)))
    found = pq.ParquetFile(path)
    sizes = [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert max(sizes) <= ROWS_OF_GROUP
    assert read_with_duckdb(path)[1] == numbers


def test_an_empty_table_keeps_its_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "e.parquet", {"at": datetime, "ok": bool}, ())
    assert read_with_duckdb(tmp_path / "e.parquet") == ({"at": DUCKDB[datetime], "ok": "BOOLEAN"}, [])


def test_a_file_that_was_interrupted_is_not_parquet(tmp_path: Path) -> None:
    """On stdout, what was written stays: it must not seem complete."""
    path = tmp_path / "half.parquet"

    def interrupted() -> Iterator[Rows]:
        yield [(n,) for n in range(ROWS_OF_GROUP)]
        yield [(n,) for n in range(ROWS_OF_GROUP)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_parquet(path, {"n": int}, interrupted())
    assert path.stat().st_size > 1000
    with pytest.raises(duckdb.Error):
        read_with_duckdb(path)
