"""The column type of moments: UTC, cut to milliseconds, on both databases."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from syncer.core.clock import truncate_to_ms

SQLITE_FORM = "????-??-?? ??:??:??.???"  # as GLOB takes it
# The rows of one batch hold the same moment again and again. Each run has new ones: with a cache of
# thousands of moments the memory of the daemon grows for a quarter of an hour, by 2 MiB.
REPEATED = 256


@lru_cache(maxsize=REPEATED)
def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


@lru_cache(maxsize=REPEATED)
def to_text(moment: datetime) -> str:
    """Return the text that SQLite stores for a moment."""
    text = truncate_to_ms(moment).isoformat(" ", "milliseconds")
    return text[:23]  # without the offset; strftime would write the year 300 as 300, which sorts after 2026


def _from_driver(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime. On SQLite text in the form of its date functions, which sorts by time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(
            sa.String(23) if dialect.name == "sqlite" else sa.DateTime(timezone=True)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return to_text(value) if dialect.name == "sqlite" else truncate_to_ms(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return one plain function, without TypeDecorator's layers: rows are read by the thousand."""
        return _from_text if dialect.name == "sqlite" else _from_driver


class seconds_after(FunctionElement[datetime]):
    """`seconds_after(moment, seconds)`: the moment that many seconds later; NULL if either is."""

    inherit_cache = True
    type = Moment()

    def __init__(self, moment: sa.ColumnElement[Any], seconds: sa.ColumnElement[Any]) -> None:
        super().__init__(moment, seconds)


@compiles(seconds_after, "sqlite")
def _text_after(element: seconds_after, compiler: Any, **kw: Any) -> str:
    moment, seconds = (compiler.process(clause, **kw) for clause in element.clauses)
    # In whole milliseconds, and in the form of the column: the two can be compared as text.
    return f"strftime('%Y-%m-%d %H:%M:%f', {moment}, {seconds} || ' seconds')"


@compiles(seconds_after, "postgresql")
def _moment_after(element: seconds_after, compiler: Any, **kw: Any) -> str:
    moment, seconds = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} + {seconds} * interval '1 second')"


class seconds_between(FunctionElement[float]):
    """`seconds_between(earlier, later)`: the seconds from one moment to the other; NULL if either is."""

    inherit_cache = True
    type = sa.Float()


@compiles(seconds_between, "sqlite")
def _days_between(element: seconds_between, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    # Rounded, because days as a number are exact to about a twentieth of a millisecond only.
    return f"round((julianday({later}) - julianday({earlier})) * 86400, 3)"


@compiles(seconds_between, "postgresql")
def _epoch_between(element: seconds_between, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(extract(epoch FROM {later} - {earlier}) AS double precision)"


class latest_of(FunctionElement[datetime]):
    """`latest_of(moment, …)`: the latest of some moments, none of which may be NULL."""

    inherit_cache = True
    type = Moment()


@compiles(latest_of, "sqlite")
def _max(element: latest_of, compiler: Any, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(latest_of, "postgresql")
def _greatest(element: latest_of, compiler: Any, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"
