"""Where a command writes what it exports: a new file, a new folder, or stdout."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from syncer.app import App
from syncer.store.db.atomic_file import atomic_folder, atomic_write

from .path_guards import reject_owned_path

STDOUT = Path("-")  # as a FILE: standard output


@contextmanager
def stdout(form: str = "") -> Iterator[BinaryIO]:
    """Yield stdout for bytes. Raises UsageError for Parquet on a terminal."""
    if form == "parquet" and sys.stdout.isatty():
        raise click.UsageError("Parquet is not text; add -o FILE, or send it into a pipe")
    yield sys.stdout.buffer


@contextmanager
def new_file(app: App, path: Path, *, force: bool, without: str = "-o") -> Iterator[BinaryIO]:
    """Yield a file that appears only when it is complete. Raises UsageError if it must not be written.

    `without`: the option that could be left out.
    """
    # Before --force is considered: it must not replace the database or the configuration.
    reject_owned_path(app, path)
    if path.exists() and not path.is_file():
        raise click.UsageError(f"{path} is not a regular file; name another file, or leave out {without}")
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; name another file, or add --force")
    with atomic_write(path, replace=force) as draft, create(draft) as file:
        yield file


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder that appears only with all its files. Raises UsageError if something is there."""
    if path.is_dir() and any(path.iterdir()):
        raise click.UsageError(f"{path} is not empty; name another folder, or move away what it holds")
    if path.is_dir() and path.samefile(Path.cwd()):
        # It would be replaced by another folder, and the shell would stay in the old one.
        raise click.UsageError(f"{path} is the working directory; name a folder in it")
    with atomic_folder(path) as draft:
        yield draft


def create(path: Path) -> BinaryIO:
    # O_EXCL: a file or link that another process created under this name is not written to.
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
