"""Guards against writing over the program's own files."""

from pathlib import Path

import click

from syncer.app import App
from syncer.store.admin.files import is_one_of, sidecar_files


def reject_database_path(app: App, file: Path, instead: str) -> None:
    """Raise UsageError if the file is the database or one of the files that belong to it."""
    path = app.database.path
    if path and is_one_of(file, [path]):
        raise click.UsageError(f"{file} is the database itself; {instead}")
    if path and is_one_of(file, sidecar_files(path)):
        raise click.UsageError(f"{file} belongs to the database; {instead}")


def reject_owned_path(app: App, file: Path, instead: str = "name another file") -> None:
    """Raise UsageError if the file belongs to the database or holds settings in use."""
    reject_database_path(app, file, instead)
    if is_one_of(file, app.config.files):
        raise click.UsageError(f"{file} holds the settings in use; {instead}")
