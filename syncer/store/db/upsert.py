"""Inserts that skip existing rows."""

from functools import cache

import sqlalchemy as sa


def insert_or_ignore(
    tx: sa.Connection, table: sa.Table
) -> "sa.dialects.postgresql.Insert | sa.dialects.sqlite.Insert":
    """Return an insert that leaves an existing row as it is."""
    return _insert_or_ignore(tx.dialect.name, table)


@cache
def _insert_or_ignore(
    dialect: str, table: sa.Table
) -> "sa.dialects.postgresql.Insert | sa.dialects.sqlite.Insert":
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()
