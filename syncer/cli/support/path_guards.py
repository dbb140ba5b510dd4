"""What of ours a typed name could mean, and must not."""

from pathlib import Path

import click

from syncer.app import App
from syncer.store.admin.files import is_one_of, sidecar_files


def refuse_database(app: App, file: Path, instead: str) -> None:
    """Raises UsageError: it is the database, or lies beside it and belongs to it."""
    path = app.database.path
    if path and is_one_of(file, [path]):
        raise click.UsageError(f"{file} is the database itself; {instead}")
    if path and is_one_of(file, sidecar_files(path)):
        raise click.UsageError(f"{file} belongs to the database; {instead}")


def reject_owned_path(app: App, file: Path, instead: str = "name another file") -> None:
    """Raises UsageError: written over, it would take the history or the settings with it."""
    refuse_database(app, file, instead)
    if is_one_of(file, app.config.files):
        raise click.UsageError(f"{file} holds the settings in use; {instead}")
