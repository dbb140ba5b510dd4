"""Inserts that skip existing rows."""

import sqlalchemy as sa


def insert_or_ignore(
    tx: sa.Connection, table: sa.Table
) -> "sa.dialects.postgresql.Insert | sa.dialects.sqlite.Insert":
    """Return an insert that leaves an existing row as it is."""
    if tx.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()
