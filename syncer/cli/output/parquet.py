"""Rows as Parquet, by pyarrow: columns with types, read by DuckDB, pandas, Polars and Spark."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

# A group is what a reader skips or reads as a whole, and what is in memory here.
ROWS_OF_GROUP = 32_768
TYPES = {
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    str: pa.string(),
    date: pa.date32(),
    datetime: pa.timestamp("us", tz="UTC"),
}


class ParquetRows:
    """A binary file that gets rows. `columns`: their names, and the Python types of their values.

    As a context manager: only an end without an error makes the file complete.
    """

    def __init__(self, file: BinaryIO, columns: Mapping[str, type]) -> None:
        self._schema = pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
        self._sink = _Sink(file)
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._group: list[pa.RecordBatch] = []

    def __enter__(self) -> "ParquetRows":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._write_group()
        # The writer ends each file as a valid one, also one that lacks rows.
        self._sink.is_dropping = kind is not None
        self._writer.close()
        self._sink.flush()

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(values, kind) for values, kind in zip(columns, self._schema.types, strict=True)]
        self._group.append(pa.record_batch(arrays, schema=self._schema))
        if sum(len(batch) for batch in self._group) >= ROWS_OF_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._group, self._schema), ROWS_OF_GROUP)
        self._group.clear()


class _Sink(io.RawIOBase):
    """What the writer writes to; it closes this, but never the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.is_dropping = file, False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes if self.is_dropping else self._file.write(data)

    def flush(self) -> None:
        if not self.is_dropping:
            self._file.flush()
