"""Read the schema of a SQLite database: the statements in sqlite_master, split into parts.

Statements that mean the same may be written differently: SQLite itself quotes names and appends columns
when a table is altered. So they are compared as tokens, and a table as its columns and constraints.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import sqlalchemy as sa

from .found import FoundSchema, OwnNames

QUERY = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^'"
TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])|(?P<word>\w+)|(?P<other><>|<=|>=|!=|==|\|\||.)""",
    re.DOTALL | re.VERBOSE,
)
PLAIN = re.compile(r"[A-Za-z_]\w*")
VALUES = ("null", "true", "false", "current_timestamp", "current_date", "current_time")  # without quotes
CONSTRAINTS = ("constraint", "primary", "unique", "check", "foreign")


def read(tx: sa.Connection, own: OwnNames) -> FoundSchema:
    """Return what the database holds."""
    found = FoundSchema()
    for kind, name, table, sql in tx.exec_driver_sql(QUERY).all():
        _add(found, own, kind, name.lower(), table.lower(), sql or "")
    return found


def _add(found: FoundSchema, own: OwnNames, kind: str, name: str, table: str, sql: str) -> None:
    is_ours = table in own.relations
    if (kind in ("table", "view") and is_ours) or (kind == "index" and name in own.indexes):
        for part, definition in statement_parts(kind, name, sql):
            found.add(part, definition)
    elif is_ours and (kind == "trigger" or re.match(r"\s*CREATE\s+UNIQUE", sql, re.IGNORECASE)):
        found.refused.append(f"{kind} {name} on {table}")
    else:
        found.foreign.append(f"{kind} {name}")


def tokens(sql: str) -> list[str]:
    """Return the tokens of a statement, without comments, quotes of plain names, and differences of case."""
    return [_token(match) for match in TOKEN.finditer(sql) if match.lastgroup != "space"]


def _token(match: re.Match[str]) -> str:
    token = match[0]
    if match.lastgroup == "quoted":
        name = token[1:-1].lower()
        return name if PLAIN.fullmatch(name) and name not in VALUES else token
    return token.lower() if match.lastgroup == "word" else token


@lru_cache(maxsize=64)  # a server asks again and again; the statements are the same
def statement_parts(kind: str, name: str, sql: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a statement: one, or those of a table."""
    if kind == "table":
        return tuple(_table_parts(name, sql))
    return ((f"{kind} {name}", " ".join(tokens(sql))),)


def _table_parts(name: str, sql: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a table: itself with its options, its columns, its constraints."""
    found = tokens(sql)
    start = found.index("(") if "(" in found else len(found)
    items, rest = _items(found[start + 1 :])
    yield f"table {name}", " ".join([*found[:start], *rest]).replace(f" {name}", "", 1)
    for item in items:
        yield _item_part(name, item)


def _items(found: list[str]) -> tuple[list[list[str]], list[str]]:
    """Split the tokens after the opening bracket at the commas of its level. Return also what follows it."""
    items: list[list[str]] = [[]]
    depth = 1
    for position, token in enumerate(found):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return items, found[position + 1 :]
        if token == "," and depth == 1:
            items.append([])
        else:
            items[-1].append(token)
    return items, []


def _item_part(table: str, item: list[str]) -> tuple[str, str]:
    text = " ".join(item)
    if not item or item[0] not in CONSTRAINTS:
        column, _, definition = text.partition(" ")
        return f"column {table}.{column}", definition
    if item[0] == "constraint":
        return f"constraint {table}.{item[1]}", " ".join(item[2:])
    return f"constraint {table}: {text}", text
