"""migrations/comments.json, from docs/sql.md: the comments of tables, views and columns on PostgreSQL."""

import json

from tests.sql_doc import documented

from .sql_text import column_text, table_text


def comments() -> str:
    """Return the comments by table and column; the empty name is the table's own."""
    found = {
        name: {"": table_text(name), **{column.name: column_text(column) for column in columns}}
        for name, columns in documented().items()
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
