"""Split a statement of a SQLite database into parts that can be compared.

Statements that mean the same may be written differently: SQLite itself quotes names and appends columns
when a table is altered. So they are compared as tokens, and a table as its columns and constraints.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])|(?P<word>\w+)|(?P<other><>|<=|>=|!=|==|\|\||.)""",
    re.ASCII | re.DOTALL | re.VERBOSE,  # to SQLite each other character is a letter, no space
)
PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# In quotes these are names: "NOT" NULL is a type that allows nulls. An "INTEGER" is not the key of rows.
KEYWORDS = """
    and as asc between by case cast check collate constraint cross current_date current_time current_timestamp
    default desc distinct else end except exists false foreign from full generated glob group having in inner
    integer intersect is join key left like limit natural not null offset on or order outer over partition
    primary references right rowid select then true union unique using when where without
    """
CONSTRAINTS = ("constraint", "primary", "unique", "check", "foreign")


def tokens(sql: str) -> list[str]:
    """Return the tokens of a statement, without comments, quotes of plain names, and differences of case."""
    return [_token(match) for match in TOKEN.finditer(sql) if match.lastgroup != "space"]


def _token(match: re.Match[str]) -> str:
    token = match[0]
    if match.lastgroup == "quoted":
        name = token[1:-1]
        return name.lower() if PLAIN.fullmatch(name) and name.lower() not in KEYWORDS.split() else token
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
