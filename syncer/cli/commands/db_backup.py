"""syncer db backup, syncer db restore"""

from pathlib import Path

import click

from syncer.cli.output.progress_bar import progress_bar
from syncer.cli.support.db_admin import (
    NEW_FILE,
    create_backup,
    describe_counts,
    one_shot_errors,
    open_database,
)
from syncer.cli.support.hints import with_config
from syncer.cli.support.path_guards import reject_database_path
from syncer.store.admin.restore import restore as restore_backup
from syncer.store.db.revision import head


@click.command()
@click.argument("file", type=NEW_FILE, required=False)
def backup(file: Path | None) -> None:
    """Write a verified copy of the database to a new file.

    The daemon may go on writing meanwhile. The copy is a SQLite file, even from PostgreSQL, where pg_dump is
    an alternative. It is compared with the database, table by table, before the file gets its name.
    FILE is a path that does not exist yet. Without it: a dated name beside the database.
    """
    # Without the writer lock: the copy is one read transaction, and the daemon holds the lock.
    with one_shot_errors("syncer db backup"), open_database() as (app, clock):
        path, checksums = create_backup(app, file, clock.now())
    click.echo(f"Wrote {path}: {describe_counts(checksums)}; checked, and equal to the database.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--keep-foreign", is_flag=True, help="Also restore what others made in it, such as your views.")
def restore(file: Path, keep_foreign: bool) -> None:
    """Replace the database by a backup.

    FILE is a backup; it is verified first and stays as it is. A file whose tables are not exactly ours, or
    that holds values no version writes, is refused. The replaced database is kept beside it under a
    dated name. Stop the daemon before. On PostgreSQL the database must be empty: create one and name it in
    [database] url.
    """
    # one_shot_errors() comes first, to cover what fails while the database is opened.
    with one_shot_errors(f"syncer db restore {file}"), open_database(locked=True) as (app, clock):
        reject_database_path(app, file, "name a backup")
        with progress_bar("restore") as report:
            restored = restore_backup(app.database, file, clock.now(), report, keep_foreign=keep_foreign)
    click.echo(f"Restored {file}: {describe_counts(restored.checksums)}.")
    if restored.kept:
        click.echo(f"The previous database is kept: {restored.kept}")
    if restored.revision != head():
        hint = with_config("before you go on: syncer db upgrade")
        click.echo(f"It is at revision {restored.revision}; {hint}")
