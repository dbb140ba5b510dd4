"""The file that a command writes because --output or --card names it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from syncer.app import App
from syncer.store.db.atomic_file import atomic_write

from .path_guards import reject_owned_path


@contextmanager
def open_new_file(app: App, path: Path, *, force: bool, without: str) -> Iterator[TextIO]:
    """Yield the file to write, which appears only when it is complete. `force`: an existing one is replaced.

    Raises UsageError for a file that may not be written; `without`: the option that could be left out.
    """
    # Before --force is considered: it must not replace the database or the configuration.
    reject_owned_path(app, path)
    if path.exists() and not path.is_file():
        raise click.UsageError(f"{path} is not a regular file; name another file, or leave out {without}")
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; name another file, or add --force")
    with atomic_write(path, replace=force) as draft:
        # O_EXCL: a file or link that another process created under this name is not written to.
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
