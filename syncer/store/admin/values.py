"""Check each stored value: its type, its range, and that texts hold no control characters.

SQLite stores any value in any column, and a file from elsewhere may hold what no version has written. The
columns are those of the database itself, so that a backup of an older revision is checked, too.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from syncer.store.db.schema.expected import own_names
from syncer.store.db.schema.verify import read_schema
from syncer.store.db.text import UNSAFE

MAX_INTEGER, MAX_KEY = 2**31 - 1, 2**63 - 1
KEYS = ("id", "player_id", "run_id", "achievement_id")
EVIDENCE = ("raw", "subject", "error")  # what was received, with all that was in it
MOMENT_LENGTH = 23  # of VARCHAR on SQLite, which has no type for moments


class Rule(NamedTuple):
    """What is wrong with a value, as SQL and in words."""

    condition: str
    words: str


def value_problems(tx: sa.Connection) -> list[str]:
    """Return one line for each column that holds values it must not hold."""
    inspector = sa.inspect(tx)
    ours = own_names(tx.dialect.name).relations
    names = sorted(ours.intersection(inspector.get_table_names()))
    checks = _checks(tx) if tx.dialect.name == "sqlite" else {}
    rules = {name: [*_rules(tx, name, inspector.get_columns(name)), *checks.get(name, ())] for name in names}
    return [line for name in names for line in _problems_of(tx, name, rules[name])]


def _problems_of(tx: sa.Connection, table: str, rules: list[Rule]) -> Iterator[str]:
    """Read the table once, and count the rows that break each rule."""
    counts = [f"count(*) FILTER (WHERE {rule.condition})" for rule in rules]
    query = sa.text(f"SELECT {', '.join(counts)} FROM {table}")  # noqa: S608
    for rule, count in zip(rules, tx.execute(query, _parameters(query)).one(), strict=True):
        if count:
            yield f"{count} {rule.words}"


def _checks(tx: sa.Connection) -> dict[str, list[Rule]]:
    """Return the CHECK constraints by table: on a read-only connection SQLite's own check leaves them out.

    The schema was compared before, so that these are ours.
    """
    found: dict[str, list[Rule]] = defaultdict(list)
    for part, definition in read_schema(tx).parts.items():
        if part.startswith("constraint ") and definition.startswith("check "):
            table, _, name = part.removeprefix("constraint ").partition(".")
            condition = definition.removeprefix("check ").replace(":", "\\:")
            found[table].append(Rule(f"NOT ({condition})", f"rows of {table} break {name}"))
    return found


def _rules(tx: sa.Connection, table: str, columns: list[Any]) -> Iterator[Rule]:
    rule_of = _sqlite_rule if tx.dialect.name == "sqlite" else _postgres_rule
    for column in columns:
        name = column["name"]
        condition, words = rule_of(name, column["type"])
        yield Rule(f'"{name}" IS NOT NULL AND ({condition})', f"values of {table}.{name} are {words}")


def _parameters(query: sa.TextClause) -> dict[str, str]:
    pattern = f"*[{UNSAFE}]*" if ":glob" in query.text else f"[{UNSAFE}]"
    name = "glob" if ":glob" in query.text else "regex"
    return {name: pattern} if f":{name}" in query.text else {}


def _sqlite_rule(name: str, kind: sa.types.TypeEngine[Any]) -> Rule:
    if isinstance(kind, sa.Boolean):
        return Rule(f"typeof({name}) <> 'integer' OR {name} NOT IN (0, 1)", "neither 0 nor 1")
    if isinstance(kind, sa.Integer):
        low, high = _range(name)
        return Rule(
            f"typeof({name}) <> 'integer' OR {name} NOT BETWEEN {low} AND {high}",
            f"not numbers from {low} to {high}",
        )
    if getattr(kind, "length", None) == MOMENT_LENGTH:
        # The modifier makes SQLite work out the date: without it the 30th of February stays what it is.
        form = "%Y-%m-%d %H\\:%M\\:%f"
        is_date = f"{name} IS strftime('{form}', {name}, '+0 days')"
        return Rule(f"typeof({name}) <> 'text' OR NOT {is_date}", "not times")
    size = getattr(kind, "length", None)
    too_long = f" OR length({name}) > {size}" if size else ""
    unsafe = f" OR instr(CAST({name} AS BLOB), x'00')"
    unsafe += "" if name in EVIDENCE else f" OR {name} GLOB :glob"
    words = "not texts without control characters" + (f", of at most {size} characters" if size else "")
    return Rule(f"typeof({name}) <> 'text'{too_long}{unsafe}", words)


def _postgres_rule(name: str, kind: sa.types.TypeEngine[Any]) -> Rule:
    """Return what PostgreSQL's types leave to check."""
    if isinstance(kind, sa.Integer):
        low, high = _range(name)
        return Rule(f'"{name}" < {low}', f"not numbers from {low} to {high}")
    if isinstance(kind, sa.DateTime):
        return Rule(f'NOT isfinite("{name}")', "not times")
    if isinstance(kind, sa.String) and name not in EVIDENCE:
        return Rule(f'"{name}" ~ :regex', "not texts without control characters")
    return Rule("false", "")


def _range(name: str) -> tuple[int, int]:
    if name.startswith("residual_") or name.endswith("_delta"):  # differences
        return -MAX_INTEGER, MAX_INTEGER
    return 0, MAX_KEY if name in KEYS else MAX_INTEGER
