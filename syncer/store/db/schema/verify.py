"""Compare a database with what the migrations make at its revision."""

from collections.abc import Iterator

import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt

from . import postgres, sqlite
from .expected import own_names, parts_at
from .found import FoundSchema

MAX_NAMED = 5
HINT = "Nothing was changed. Put back what was changed by hand, or restore a backup: syncer db restore FILE"


def read_schema(tx: sa.Connection) -> FoundSchema:
    """Return what the database holds."""
    read = sqlite.read if tx.dialect.name == "sqlite" else postgres.read
    return read(tx, own_names(tx.dialect.name))


def differences(tx: sa.Connection, found: FoundSchema, revision: str) -> list[str]:
    """Return one line for each part that differs from what the migrations make at this revision."""
    expected = parts_at(tx.dialect.name, revision)
    lines = [f"{part} is missing" for part in _missing(found, expected)]
    lines += [f"{part} is not ours" for part in _unexpected(found, expected)]
    lines += [
        f"{part} was changed"
        for part, definition in found.parts.items()
        if part in expected and definition not in expected[part] and _is_comparable(tx, part)
    ]
    return [*_summarized(lines), *(f"{name} is not ours" for name in found.refused)]


def _missing(found: FoundSchema, expected: dict[str, list[str | None]]) -> Iterator[str]:
    return (part for part, ways in expected.items() if part not in found.parts and None not in ways)


def _unexpected(found: FoundSchema, expected: dict[str, list[str | None]]) -> Iterator[str]:
    """Yield the parts that are not of this revision, without tables of a name that only a later one needs.

    These are left to the upgrade, which says what to do with them.
    """
    known = {_relation_of(part) for part in expected}
    return (
        part
        for part in found.parts
        if part not in expected and (part.startswith("index ") or _relation_of(part) in known)
    )


def _relation_of(part: str) -> str:
    return part.split(" ", 2)[1].rstrip(":").split(".")[0]


def _is_comparable(tx: sa.Connection, part: str) -> bool:
    return tx.dialect.name == "sqlite" or postgres.is_comparable(tx, part)


def _summarized(lines: list[str]) -> Iterator[str]:
    """Leave out the columns and constraints of a table or view that is named itself."""
    whole = {line.split()[1] for line in lines if line.startswith(("table ", "view "))}
    for line in lines:
        if not line.startswith(("column ", "constraint ")) or _relation_of(line) not in whole:
            yield line


def require_exact(tx: sa.Connection, name: str, revision: str) -> None:
    """Raise DatabaseCorrupt where our part of the database is not exact. `name`: what the error calls it."""
    lines = differences(tx, read_schema(tx), revision)
    if lines:
        more = f"; and {len(lines) - MAX_NAMED} more" if len(lines) > MAX_NAMED else ""
        listed = "; ".join(lines[:MAX_NAMED])
        raise DatabaseCorrupt(f"{name} is not as revision {revision} makes it: {listed}{more}", hint=HINT)
