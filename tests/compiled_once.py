"""Dialects whose engines share their compiled statements: each test has engines of its own."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

COMPILED: sa.util.LRUCache[Any, Any] = sa.util.LRUCache(2000)


class Shared:
    """A dialect that equals the others of its class, as the key of a compiled statement holds its dialect."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: sa.Engine) -> None:
        engine.update_execution_options(compiled_cache=COMPILED)


class SharedSqlite(Shared, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class SharedPsycopg(Shared, PGDialect_psycopg):
    supports_statement_cache = True


def share_compiled_statements() -> None:
    """Use these dialects from now on."""
    registry.register("sqlite", __name__, SharedSqlite.__name__)
    registry.register("postgresql.psycopg", __name__, SharedPsycopg.__name__)
