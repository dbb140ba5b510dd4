"""syncer db copy"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from syncer.app import App
from syncer.cli.output.progress_bar import progress_bar
from syncer.cli.output.table import print_table
from syncer.cli.support.db_admin import one_shot_errors, open_database, writer_lock
from syncer.cli.support.extras import require_driver
from syncer.cli.support.path_guards import reject_owned_path
from syncer.config.addresses import mask_password, parse_database_url
from syncer.core.errors import DatabaseIncompatible
from syncer.run.lock import application_name
from syncer.store.admin.copy import copy as copy_database
from syncer.store.admin.copy import require_empty
from syncer.store.admin.files import sidecar_files
from syncer.store.db.engine import Database


@click.command()
@click.argument("url")
def copy(url: str) -> None:
    """Copy the database into another, empty one.

    Copies from SQLite to PostgreSQL and back.
    URL is sqlite:///file.db or postgresql://user@host/name; a password may come from PGPASSWORD or ~/.pgpass.
    Creates the schema in a new database. Do not write to either database during the copy. The copy is atomic
    and verified table by table. Request budgets are not part of the history and are not copied.
    """
    with (
        one_shot_errors("syncer db copy URL"),
        open_database(locked=True) as (app, clock),
        open_target(url, app) as target,
    ):
        # Before the lock, which leaves a file next to the target; copy_database() checks again under it.
        require_empty(target)
        with writer_lock(target, clock), progress_bar("copy") as report:
            checksums = copy_database(app.database, target, report)
    rows = [[name, table.rows, table.digest[:16]] for name, table in checksums.items()]
    print_table(["table", "rows", "checksum"], rows)
    address = f"sqlite:///{target.path}" if target.path else mask_password(url)
    click.echo(f'Both databases are equal. To use the copy, in [database]: url = "{address}"')


@contextmanager
def open_target(url: str, app: App) -> Iterator[Database]:
    """Open the database to copy into. Raises UsageError if it cannot be one."""
    try:
        parsed = parse_database_url(url)
        require_driver(parsed)
        target = Database(parsed, application=application_name())
    except (ValueError, DatabaseIncompatible):
        raise click.BadParameter("not a permanent database (sqlite:///file.db or postgresql://…)") from None
    with closing(target):
        # The loop below finds a SQLite file under any path or link; PostgreSQL has only the URL to compare.
        if target.url == app.database.url:
            raise click.UsageError("this is the database itself; name another one")
        for file in [target.path, *sidecar_files(target.path)] if target.path else ():
            reject_owned_path(app, file, "name another database")
        yield target
