"""The CHECK constraints of the biggest tables. The migrations create them; a test compares the names.

SQLite has no types for moments and booleans, and no regular expressions: there GLOB and lists check the form.
"""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from .moment import SQLITE_FORM


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=f"{table}_{name}")


def at_least(table: str, minimum: int, *columns: str) -> Iterator[sa.CheckConstraint]:
    return (check(table, column, f"{column} >= {minimum}") for column in columns)


def numbers(table: str, columns: Iterable[str]) -> Iterator[sa.CheckConstraint]:
    """Yield the range that PostgreSQL's integer has by itself, without negative numbers."""
    return (check(table, column, f"{column} BETWEEN 0 AND 2147483647") for column in columns)


def one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    """Return the check of an enumeration that is closed."""
    return check(table, column, f"{column} IN ({', '.join(map(repr, values))})")


def word(table: str, column: str, size: int) -> Iterator[sa.CheckConstraint]:
    """Yield the check of an enumeration that grows: lower case and underscores, for either database."""
    glob = f"length({column}) BETWEEN 1 AND {size} AND {column} NOT GLOB '*[^a-z_]*'"
    yield check(table, column, glob).ddl_if(dialect="sqlite")
    yield check(table, column, f"{column} ~ '^[a-z_]{{1,{size}}}$'").ddl_if(dialect="postgresql")


def moments(table: str, *columns: str) -> Iterator[sa.CheckConstraint]:
    """Yield checks that refuse any text but ours, such as 'yesterday' or a T between date and time."""
    for column in columns:
        yield check(table, column, f"{column} GLOB '{SQLITE_FORM}'").ddl_if(dialect="sqlite")


def booleans(table: str, *columns: str) -> Iterator[sa.CheckConstraint]:
    for column in columns:
        yield check(table, column, f"{column} IN (0, 1)").ddl_if(dialect="sqlite")
