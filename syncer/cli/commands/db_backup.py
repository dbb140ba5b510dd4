"""syncer db backup, syncer db restore"""

from pathlib import Path

import click

from syncer.cli.output.progress_bar import bar
from syncer.cli.support.db_admin import (
    NEW_FILE,
    create_backup,
    describe_counts,
    one_shot_errors,
    open_database,
)
from syncer.cli.support.path_guards import refuse_database
from syncer.store.admin.restore import restore as put_back
from syncer.store.db.revision import head


@click.command()
@click.argument("file", type=NEW_FILE, required=False)
def backup(file: Path | None) -> None:
    """A verified copy in a new file, also while the daemon writes.

    It is a SQLite file, from PostgreSQL, too (pg_dump serves as well there). The copy is opened, checked and
    compared with the database, table by table, before it has its name.
    FILE is a new one: a backup replaces nothing. Without it: a dated name beside the database.
    """
    with one_shot_errors("syncer db backup"), open_database() as (app, clock):
        place, tallies = create_backup(app, file, clock.now())
    click.echo(f"Wrote {place}: {describe_counts(tallies)}; checked, and equal to the database.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Make a backup the database again.

    FILE is verified first and stays as it is. The database that it replaces is kept beside it under a dated
    name. Stop the daemon before. On PostgreSQL the database must be empty: create one and name it in
    [database] url.
    """
    with one_shot_errors(f"syncer db restore {file}"), open_database(held=True) as (app, clock):
        refuse_database(app, file, "name a backup")
        with bar("restore") as tell:
            done = put_back(app.database, file, clock.now(), tell)
    click.echo(f"Restored {file}: {describe_counts(done.checksums)}.")
    if done.kept:
        click.echo(f"What was there before is kept: {done.kept}")
    if done.revision != head():
        click.echo(f"It is of revision {done.revision}; before you go on: syncer db upgrade")
