"""Many keys as one parameter, so that the text of a statement is the same for any number of keys."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class IntArray(sa.types.TypeDecorator[Sequence[int]]):
    """A list of keys as text: an array on PostgreSQL, JSON on SQLite.

    As text also on PostgreSQL, whose driver looks at each number of a list in Python.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> str:
        keys = ",".join(map(str, value or ()))
        return f"[{keys}]" if dialect.name == "sqlite" else f"{{{keys}}}"


class any_of(FunctionElement[bool]):
    """`any_of(column, "ids")`: whether the column is one of the keys in the parameter `ids`.

    SQLAlchemy renders an expanding IN again at each call, which costs more than the update itself.
    """

    inherit_cache = True  # and no type: SQLAlchemy would add "= 1" for SQLite, which then uses no index

    def __init__(self, column: sa.ColumnElement[int], name: str) -> None:
        super().__init__(column, sa.bindparam(name, type_=IntArray))


@compiles(any_of, "sqlite")
def _in_json(element: any_of, compiler: Any, **kw: Any) -> str:
    column, keys = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608


@compiles(any_of, "postgresql")
def _any(element: any_of, compiler: Any, **kw: Any) -> str:
    column, keys = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY (CAST({keys} AS BIGINT[]))"
