"""syncer db copy"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from syncer.app import App
from syncer.cli.output.progress_bar import progress_bar
from syncer.cli.output.table import print_table
from syncer.cli.support.db_admin import one_shot_errors, open_database, writer_lock
from syncer.cli.support.extras import require_driver
from syncer.cli.support.hints import with_config
from syncer.cli.support.path_guards import reject_owned_path
from syncer.config.addresses import mask_password, parse_database_url
from syncer.config.paths import base_folder, resolve_database_url
from syncer.config.text import decode, unwrap
from syncer.core.errors import DatabaseIncompatible
from syncer.run.lock import application_name
from syncer.store.admin.copy import copy as copy_database
from syncer.store.admin.copy import require_empty
from syncer.store.admin.files import sidecar_files
from syncer.store.db.engine import Database

VISIBLE_PASSWORD = (
    "other users of this machine can see the password in the list of processes; "
    "try: syncer db copy --url-file FILE"
)


@click.command()
@click.argument("url", required=False)
@click.option(
    "--url-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the URL, which is then in no list of processes.",
)
def copy(url: str | None, url_file: Path | None) -> None:
    """Copy the database into another, empty one.

    Copies from SQLite to PostgreSQL and back.
    URL is sqlite:///file.db or postgresql://user@host/name. Other users of the machine can see the arguments
    of a command: put a URL with a password into the file of --url-file or into $SYNCER_COPY_URL, or the
    password alone into PGPASSWORD or ~/.pgpass.
    Creates the schema in a new database. Do not write to either database during the copy. The copy is atomic
    and verified table by table. Request budgets are not part of the history and are not copied.
    """
    chosen = choose_url(url, url_file)
    with (
        one_shot_errors("syncer db copy URL"),
        open_database(locked=True) as (app, clock),
        open_target(chosen, app) as target,
    ):
        # Before the lock, which leaves a file next to the target; copy_database() checks again under it.
        require_empty(target)
        with writer_lock(target, clock), progress_bar("copy") as report:
            checksums = copy_database(app.database, target, report)
    rows = [[name, table.rows, table.digest[:16]] for name, table in checksums.items()]
    print_table(["table", "rows", "checksum"], rows)
    address = f"sqlite:///{target.path}" if target.path else mask_password(chosen)
    click.echo(f'Both databases are equal. To use the copy, in [database]: url = "{address}"')


def choose_url(url: str | None, url_file: Path | None) -> str:
    """Return the URL from the one place that names it. Raises UsageError for none, or for two."""
    if url and url_file:
        raise click.UsageError("URL and --url-file are both given; keep one")
    if url and mask_password(url) != url:
        click.echo(f"syncer: warning: {with_config(VISIBLE_PASSWORD)}", err=True)
    if url_file:
        try:
            return unwrap(decode(url_file.read_bytes()))
        except ValueError as error:
            raise click.UsageError(f"{url_file} {error}") from None
    found = url or unwrap(os.environ.get("SYNCER_COPY_URL", ""))
    if not found:
        raise click.UsageError("name the other database: URL, --url-file FILE or $SYNCER_COPY_URL")
    return found


@contextmanager
def open_target(url: str, app: App) -> Iterator[Database]:
    """Open the database to copy into. Raises UsageError if it cannot be one."""
    try:
        absolute = resolve_database_url(parse_database_url(url), base_folder(None))
        require_driver(absolute)
        target = Database(absolute, application=application_name())
    except (ValueError, DatabaseIncompatible):
        raise click.BadParameter("not a permanent database (sqlite:///file.db or postgresql://…)") from None
    with closing(target):
        # The loop below finds a SQLite file under any path or link; PostgreSQL has only the URL to compare.
        if target.url == app.database.url:
            raise click.UsageError("this is the database itself; name another one")
        for file in [target.path, *sidecar_files(target.path)] if target.path else ():
            reject_owned_path(app, file, "name another database")
        yield target
