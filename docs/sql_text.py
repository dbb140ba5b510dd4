"""What docs/sql.md says about tables and columns, as plain text that stands alone."""

import re

from tests.sql_doc import ColumnDoc, documented, sections


def table_text(name: str) -> str:
    """Return the first paragraph about a table or view."""
    paragraph, *_ = sections()[f"`{name}`"].strip().partition("\n\n")
    return plain(paragraph)


def column_text(column: ColumnDoc) -> str:
    """Return the meaning of a column. Where the page refers to another table, its words are repeated."""
    if found := re.match(r"as in `(\w+)`", column.meaning):
        (meaning,) = (c.meaning for c in documented()[found[1]] if c.name == column.name)
        return plain(meaning + column.meaning[found.end() :])
    return plain(column.meaning)


def plain(text: str) -> str:
    """Return a text without Markdown, in one line."""
    return " ".join(text.replace("`", "").split())
