"""syncer db"""

import click

from syncer.app import open_app
from syncer.cli.output.columns import strip_controls
from syncer.cli.output.json_document import print_json
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.config import read_config
from syncer.cli.support.db_admin import stopped_first
from syncer.cli.support.options import json_option
from syncer.cli.support.suggestions import SuggestingGroup
from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt, WriterLockHeld
from syncer.run.advisory_lock import Sharing
from syncer.run.lock import WriterLock, application_name
from syncer.run.startup import reject_second_history, wait_for_database
from syncer.store.admin import integrity
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db import revision
from syncer.store.db.driver_errors import HINT_RECOVER

from .db_backup import backup, restore
from .db_copy import copy
from .db_delete_player import delete_player, forget

MAX_LISTED = 5  # problems


@click.group(cls=SuggestingGroup)
def db() -> None:
    """Upgrade, check, back up, move or clear the database."""


@db.command()
def upgrade() -> None:
    """Upgrade the tables to the revision that this version needs.

    Does nothing if they are up to date. On SQLite a copy of the file is kept first; on PostgreSQL make a
    backup yourself.
    """
    clock, queue = SystemClock(), None
    with open_app(read_config(sends=False), clock, application=application_name()) as app:
        reject_second_history(app)
        sharing = Sharing.of_daemon(has_workers=app.config.cluster.enabled)
        lock = WriterLock(app.database, clock, sharing)
        # Before the lock: on PostgreSQL the database holds it, and may still be starting.
        wait_for_database(app, lambda: revision.current(app.database))
        try:
            lock.acquire()
        except WriterLockHeld as error:
            raise stopped_first(error, "syncer db upgrade") from None
        try:
            before, after = upgrade_schema(app.database, clock.now())
            if app.config.cluster.enabled:
                from syncer.store.db.queue_schema import upgrade_queue

                queue = upgrade_queue(app.database)
        finally:
            lock.release()
    click.echo(f"The database is at {revision_text(before, after)}.")
    if queue:
        place = f"in the schema {app.config.cluster.queue_schema}"
        click.echo(f"The job queue, {place}, is at {revision_text(*queue)}.")


def revision_text(before: str | None, after: str) -> str:
    return f"revision {after}" + ("" if before == after else f" (was {before or 'new'})")


@db.command()
@json_option
def current(as_json: bool) -> None:
    """Show the revision of the database and the one needed."""
    with open_app(read_config(sends=False), SystemClock(), application=application_name()) as app:
        # Not by open_readonly(), which refuses the very revisions that this command is for.
        found, head = revision.current(app.database), revision.head()
        if as_json:
            print_json({"current": found, "head": head})
        else:
            click.echo(f"The database is at revision {found or 'none'}, this version needs {head}.")


@db.command()
@json_option
def check(as_json: bool) -> None:
    """Check the integrity of the database and of the history in it.

    Also lists what others made in it, such as views of yours: it is allowed.
    Exit 65 if something is wrong.
    """
    with open_readonly(exact=False) as app:
        problems = integrity.check(app.database)
        foreign = integrity.foreign_objects(app.database)
        if as_json:
            print_json({"ok": not problems, "problems": problems, "foreign": foreign})
        elif not problems:
            click.echo("The database passed every check.")
        if foreign and not as_json:
            click.echo(f"Made by others, and left alone: {strip_controls(', '.join(foreign))}")
    if problems:
        listed = "; ".join(problems[:MAX_LISTED])
        raise DatabaseCorrupt(f"the database failed its checks: {listed}", hint=HINT_RECOVER)


for command in (backup, restore, copy, delete_player, forget):
    db.add_command(command)
