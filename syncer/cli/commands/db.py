"""syncer db"""

import click

from syncer.app import opened, patiently
from syncer.cli.support.context import json_option, print_json, read_config, reading
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreDamaged
from syncer.run.lock import WriterLock, application_name
from syncer.store.admin import upgrade as schema
from syncer.store.db.engine import RECOVER

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
    with opened(read_config(), clock, application=application_name()) as app:
        lock = WriterLock(app.database, clock)
        patiently(app, lambda: schema.current(app.database))
        lock.acquire()
        try:
            before, after = schema.upgrade(app.database, clock.now())
        finally:
            lock.release()
    same = before == after
    click.echo(f"The database is at revision {after}{'' if same else f' (was {before or NEW})'}.")


@db.command()
@json_option
def current(as_json: bool) -> None:
    """The database's revision, and the one needed."""
    with opened(read_config(), SystemClock(), application=application_name()) as app:
        found, head = schema.current(app.database), schema.head()
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
    with reading() as app:
        problems = schema.check(app.database)
        if as_json:
            print_json({"ok": not problems, "problems": problems})
        elif not problems:
            click.echo("The database is sound.")
    if problems:
        raise StoreDamaged(f"the database is not sound: {'; '.join(problems[:5])}", hint=RECOVER)


for command in (backup, restore, copy, forget):
    db.add_command(command)
