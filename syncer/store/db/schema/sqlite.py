"""Read the schema of a SQLite database from sqlite_master, and judge what others put into it."""

import re
from collections.abc import Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple

import sqlalchemy as sa

from .found import FoundSchema, OwnNames
from .statements import statement_parts

# Cast: a value may be of any type, and SQLite reads each as a text. All names: also what is called sqlite_….
QUERY = """SELECT CAST(type AS TEXT), CAST(name AS TEXT), CAST(tbl_name AS TEXT), CAST(sql AS TEXT)
    FROM main.sqlite_master"""
MADE_BY_SQLITE = {
    "sqlite_sequence": "sqlite_sequence(name,seq)",
    "sqlite_stat1": "sqlite_stat1(tbl,idx,stat)",
    "sqlite_stat4": "sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # SQLite takes other letters as they are
WORD = re.compile(r"\w+")


class Item(NamedTuple):
    """A row of sqlite_master. `table`: what it belongs to."""

    kind: str
    name: str
    table: str
    sql: str

    @property
    def is_made_by_sqlite(self) -> bool:
        if self.kind == "index":
            return self.name.startswith("sqlite_autoindex_") and not self.sql
        return self.kind == "table" and self.sql == f"CREATE TABLE {MADE_BY_SQLITE.get(self.name)}"


def read(tx: sa.Connection, own: OwnNames) -> FoundSchema:
    """Return what the database holds."""
    found = FoundSchema()
    for kind, name, table, sql in tx.exec_driver_sql(QUERY).all():
        item = Item(_folded(kind), _folded(name), _folded(table), _seen(sql))
        if not item.is_made_by_sqlite:
            _add(tx, found, own, item)
    return found


def _seen(text: str | None) -> str:
    """Return what SQLite reads of a text: it ends at a NUL."""
    return (text or "").partition("\0")[0]


def _folded(name: str | None) -> str:
    """Return the name as SQLite compares it, without differences of case."""
    return _seen(name).translate(LOWER)


def _add(tx: sa.Connection, found: FoundSchema, own: OwnNames, item: Item) -> None:
    is_ours = item.kind in ("table", "view") and item.name in own.relations
    if is_ours or (item.kind == "index" and item.name in own.indexes):
        for part, definition in statement_parts(item.kind, item.name, item.sql):
            found.add(part, definition)
    elif refused := list(_refused(tx, own, item)):
        found.refused += refused
    else:
        found.foreign.append(f"{item.kind} {item.name}")


def _refused(tx: sa.Connection, own: OwnNames, item: Item) -> Iterator[str]:
    """Yield how something of others changes our tables, what is read from them, or what is written."""
    if item.name.startswith("sqlite_"):
        yield f"{item.kind} {item.name} on {item.table}"
    elif item.kind == "trigger":
        yield from _refused_trigger(own, item)
    elif item.kind == "table" and "references" in item.sql.translate(LOWER):  # cheaper than to ask for each
        yield from _refused_keys(tx, own, item.name)
    elif item.kind == "index" and item.table in own.relations and _is_unique(tx, item):
        yield f"unique index {item.name} on {item.table}"


def _refused_trigger(own: OwnNames, item: Item) -> Iterator[str]:
    """Our tables are looked for in the whole text: a name may be quoted in any way, also as a text."""
    named = sorted(own.relations.intersection(WORD.findall(item.sql.translate(LOWER))))
    if item.table in own.relations:
        yield f"trigger {item.name} on {item.table}"
    elif named:
        yield f"trigger {item.name} on {item.table}, which names {named[0]},"


def _refused_keys(tx: sa.Connection, own: OwnNames, table: str) -> Iterator[str]:
    """Yield the foreign keys to our tables that do something when a row of ours changes or goes."""
    for key in _pragma(tx, "foreign_key_list", table):
        parent, actions = _folded(key.table), {key.on_update, key.on_delete} - {"NO ACTION"}
        if parent in own.relations and actions:
            yield f"foreign key of {table} to {parent} with {' and '.join(sorted(actions))}"


def _is_unique(tx: sa.Connection, item: Item) -> bool:
    """Ask SQLite: its statements may be written in many ways. What it does not list is not harmless."""
    listed = {_folded(index.name): index.unique for index in _pragma(tx, "index_list", item.table)}
    return bool(listed.get(item.name, 1))


def _pragma(tx: sa.Connection, pragma: str, table: str) -> Sequence[sa.Row[Any]]:
    """Ask by the statement: a function such as pragma_index_list is hidden by a table of that name."""
    quoted = table.replace('"', '""')
    return tx.exec_driver_sql(f'PRAGMA main.{pragma}("{quoted}")').all()
