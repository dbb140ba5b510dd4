"""docs/sql.md describes each column of each table and view, as both databases have them."""

from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.db.budget_table import budget
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from tests.sql_doc import DIALECTS, ColumnDoc, documented

TYPES = {
    "integer": (sa.Integer,),
    "text": (sa.String,),
    "boolean": (sa.Boolean,),
    "moment": (sa.DateTime,),
    "date": (sa.Date,),
    "number": (sa.Numeric,),
}


def described(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return tables and views as the database itself knows them."""
    inspector = sa.inspect(database.reader)
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    found = {name: [dict(column) for column in inspector.get_columns(name)] for name in names}
    if database.path:
        with database.budgets.begin() as tx:
            budget.create_all(tx)
        found["budgets"] = [dict(column) for column in sa.inspect(database.budgets).get_columns("budgets")]
    del found["alembic_version"]
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_column_is_documented_and_none_is_invented(dialect: str, databases: dict[str, Database]) -> None:
    found = {name: [c["name"] for c in columns] for name, columns in described(databases[dialect]).items()}
    assert {name: [c.name for c in columns] for name, columns in documented().items()} == found


def test_types_are_those_of_the_database(databases: dict[str, Database]) -> None:
    docs = documented()
    for name, columns in described(databases["postgresql"]).items():
        said = {c.name: TYPES[c.type] for c in docs[name]}
        assert [c["name"] for c in columns if not isinstance(c["type"], said[c["name"]])] == [], name
    for table in history.sorted_tables:
        for column in described(databases["sqlite"])[table.name]:
            said_type = next(c.type for c in docs[table.name] if c.name == column["name"])
            wanted = (sa.String,) if said_type == "moment" else TYPES[said_type]
            assert isinstance(column["type"], wanted), f"{table.name}.{column['name']}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_null_means_is_said_exactly_where_null_may_stand(
    dialect: str, databases: dict[str, Database]
) -> None:
    docs = documented()
    for table in [*history.sorted_tables, *budget.sorted_tables]:
        nullable = {c["name"] for c in described(databases[dialect])[table.name] if c["nullable"]}
        assert {c.name for c in docs[table.name] if says_null(c)} == nullable - {
            key.name for key in table.primary_key
        }


def says_null(column: ColumnDoc) -> bool:
    return "null:" in column.meaning.lower()


def test_each_tables_column_says_who_writes_it() -> None:
    tables = {table.name for table in [*history.sorted_tables, *budget.sorted_tables]}
    silent = [
        f"{name}.{c.name}"
        for name, columns in documented().items()
        for c in columns
        if name in tables and not c.written
    ]
    assert silent == []
