"""syncer db copy"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from syncer.app import App
from syncer.cli.output.progress_bar import bar
from syncer.cli.output.table import table
from syncer.cli.support.db_admin import one_shot_errors, open_database, writer_lock
from syncer.cli.support.path_guards import reject_owned_path
from syncer.config.addresses import parse_database_url
from syncer.core.errors import DatabaseIncompatible
from syncer.run.lock import application_name
from syncer.store.admin.copy import copy as copied
from syncer.store.admin.copy import require_empty
from syncer.store.admin.files import sidecar_files
from syncer.store.db.engine import Database


@click.command()
@click.argument("url")
def copy(url: str) -> None:
    """Copy all into another, empty database.

    From SQLite to PostgreSQL, and back.
    URL is sqlite:///file.db or postgresql://user@host/name; a password may come from PGPASSWORD or ~/.pgpass.
    One that is new gets its tables. Nobody may write in either meanwhile. Both are compared, table by table;
    all is copied, or nothing. Request budgets are no history and begin anew.
    """
    with (
        one_shot_errors("syncer db copy URL"),
        open_database(held=True) as (app, clock),
        target_at(url, app) as target,
    ):
        require_empty(target)
        with writer_lock(target, clock), bar("copy") as tell:
            found = copied(app.database, target, tell)
    table(["table", "rows", "checksum"], [[name, one.rows, one.digest[:16]] for name, one in found.items()])
    click.echo(f"Equal in both. To go on with it, set [database] url to it: {target.name}")


@contextmanager
def target_at(url: str, app: App) -> Iterator[Database]:
    try:
        made = Database(parse_database_url(url), application=application_name())
    except (ValueError, DatabaseIncompatible):
        raise click.BadParameter("no database that lasts (sqlite:///file.db or postgresql://…)") from None
    except ModuleNotFoundError:
        raise click.UsageError("PostgreSQL needs its driver: pip install 'ra-syncer[postgres]'") from None
    with closing(made):
        if made.url == app.database.url:
            raise click.UsageError("that is the database itself; name another one")
        for file in [made.path, *sidecar_files(made.path)] if made.path else ():
            reject_owned_path(app, file, "name another database")
        yield made
