"""The files of a SQLite database: itself, what SQLite keeps beside it, and what we do."""

import os
from collections.abc import Iterable
from pathlib import Path

LOGS = ("-journal", "-wal", "-shm")  # SQLite's own: it would play them into the database
SIDECAR_SUFFIXES = (*LOGS, "-lock", "-holder", *(f"-budget{end}" for end in ("", *LOGS)))


def sidecar_files(path: Path) -> list[Path]:
    """Whether they are there now or not."""
    return [path.with_name(path.name + end) for end in SIDECAR_SUFFIXES]


def is_one_of(file: Path, others: Iterable[Path]) -> bool:
    """By whatever name: through links, by a detour, or as a second name of the same file."""
    return any(_is_same(file, other) for other in others)


def _is_same(one: Path, other: Path) -> bool:
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there: its name is all that it has
        return False
