"""syncer db"""

import click

from syncer.app import open_app
from syncer.cli.support.context import json_option, open_readonly, print_json, read_config
from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt
from syncer.run.lock import WriterLock, application_name
from syncer.run.startup import wait_for_database
from syncer.store.admin import integrity
from syncer.store.admin.upgrade import upgrade as upgrade_schema
from syncer.store.db import revision
from syncer.store.db.driver_errors import HINT_RECOVER

from .db_backup import backup, restore
from .db_copy import copy
from .db_delete_player import forget

NEW = "new"


@click.group()
def db() -> None:
    """Upgrade, check, back up, move or clear the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables up to date.

    Does nothing where they are already. On SQLite a copy of the file is kept first; on PostgreSQL make
    a backup yourself.
    """
    clock = SystemClock()
    with open_app(read_config(), clock, application=application_name()) as app:
        lock = WriterLock(app.database, clock)
        wait_for_database(app, lambda: revision.current(app.database))
        lock.acquire()
        try:
            before, after = upgrade_schema(app.database, clock.now())
        finally:
            lock.release()
    same = before == after
    click.echo(f"The database is at revision {after}{'' if same else f' (was {before or NEW})'}.")


@db.command()
@json_option
def current(as_json: bool) -> None:
    """The database's revision, and the one needed."""
    with open_app(read_config(), SystemClock(), application=application_name()) as app:
        found, head = revision.current(app.database), revision.head()
        if as_json:
            print_json({"current": found, "head": head})
        else:
            click.echo(f"The database is at revision {found or 'none'}, this version needs {head}.")


@db.command()
@json_option
def check(as_json: bool) -> None:
    """Is what is stored sound? Exit 65 where not.

    Checks the integrity of the database, and the rules that a history must obey.
    """
    with open_readonly() as app:
        problems = integrity.check(app.database)
        if as_json:
            print_json({"ok": not problems, "problems": problems})
        elif not problems:
            click.echo("The database is sound.")
    if problems:
        raise DatabaseCorrupt(f"the database is not sound: {'; '.join(problems[:5])}", hint=HINT_RECOVER)


for command in (backup, restore, copy, forget):
    db.add_command(command)
