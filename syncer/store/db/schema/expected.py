"""The schema that the migrations make at each revision, as tests/fixtures/schema.py wrote it down.

A part may be written in several ways: by another major version of PostgreSQL, or by a migration that was
corrected before its release. A definition of null: the part may also be absent.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from syncer.store.db.migration_files import MIGRATIONS

from .found import OwnNames


def file_of(dialect: str) -> Path:
    return MIGRATIONS / "schema" / f"{dialect}.json"


@lru_cache(maxsize=2)
def _described(dialect: str) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = json.loads(file_of(dialect).read_text("utf-8"))
    return found


@lru_cache(maxsize=8)
def parts_at(dialect: str, revision: str) -> dict[str, list[str | None]]:
    """Return the accepted definitions of each part at this revision."""
    parts = {
        part: [definition for definition, revisions in ways if revision in revisions.split()]
        for part, ways in _described(dialect).items()
    }
    return {part: ways for part, ways in parts.items() if ways}


@lru_cache(maxsize=2)
def own_names(dialect: str) -> OwnNames:
    """Return the names that are ours in any revision: a later one must find them free."""
    named = [part.split(" ", 1) for part in _described(dialect)]
    relations = frozenset(name for kind, name in named if kind in ("table", "view"))
    return OwnNames(relations, frozenset(name for kind, name in named if kind == "index"))
