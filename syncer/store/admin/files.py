"""The files of a SQLite database: the file itself, SQLite's sidecar files, and ours."""

import os
from collections.abc import Iterable
from pathlib import Path

LOGS = ("-journal", "-wal", "-shm")  # SQLite's own, which it would apply to the database
SIDECAR_SUFFIXES = (*LOGS, "-lock", "-holder", *(f"-budget{end}" for end in ("", *LOGS)))


def sidecar_files(path: Path) -> list[Path]:
    """Return all possible sidecar files, existing or not."""
    return [path.with_name(path.name + end) for end in SIDECAR_SUFFIXES]


def is_one_of(file: Path, others: Iterable[Path]) -> bool:
    """Return whether a path leads to one of the files, also by links or by a second name."""
    return any(_is_same(file, other) for other in others)


def _is_same(one: Path, other: Path) -> bool:
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them does not exist: only names can be compared
        return False
