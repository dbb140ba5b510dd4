"""syncer run"""

import click

from syncer.app import App, make_ready, opened
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock, application_name
from syncer.telemetry.log import Listener

from .common import read_config


@click.command()
def run() -> None:
    """The daemon: upgrade, look at once where due, then on schedule.

    SIGTERM or Ctrl-C ends it; SIGHUP reads the configuration again.
    """
    config, clock = read_config(), SystemClock()
    given = click.get_current_context().find_root().obj
    with opened(config, clock, application=application_name()) as app:
        lock = WriterLock(app.database, clock)
        lock.acquire()

        def reload() -> App:
            fresh = load(given["config"])
            return App(fresh, clock, app.database, app.queries, app.recorder)

        try:
            make_ready(app)
            Daemon(app, lock, clock, [Listener()], reload).run()
        finally:
            lock.release()
