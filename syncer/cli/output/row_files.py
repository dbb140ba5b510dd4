"""Files of rows, in each format of `syncer export`."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, Union

from .csv_jsonl import Csv, JsonLines, Rows

if TYPE_CHECKING:
    from .parquet import ParquetRows

FORMATS = ("csv", "jsonl", "parquet")
RowFile: TypeAlias = Union["TextRows", "ParquetRows"]


class TextRows:
    """A binary file that gets rows as text, in UTF-8 and with the line ends of the encoder."""

    def __init__(self, file: BinaryIO, encoder: Csv | JsonLines) -> None:
        self._file, self._encoder = file, encoder
        file.write(encoder.header.encode())

    def __enter__(self) -> "TextRows":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._file.flush()  # an error belongs to this command, not to the end of the process

    def write(self, rows: Rows) -> None:
        self._file.write(self._encoder.lines(rows).encode())


def row_file(file: BinaryIO, form: str, columns: Mapping[str, type], *, raw: bool = False) -> RowFile:
    """Return the writer of a format. `raw`: no apostrophes in CSV. Parquet needs pyarrow."""
    if form == "parquet":
        from .parquet import ParquetRows  # pyarrow is an extra, and slow to import

        return ParquetRows(file, columns)
    return TextRows(file, JsonLines(list(columns)) if form == "jsonl" else Csv(list(columns), raw=raw))
