"""syncer run"""

import click

from syncer.api.ping import Ping
from syncer.app import App
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.core.errors import Stopped, StoreError
from syncer.core.events import Announce
from syncer.run.daemon import Daemon
from syncer.run.signals import reread_on_signal, stop_on_signals
from syncer.telemetry.log import Listener

from .common import read_config, writing
from .metrics import metrics_of


@click.command()
def run() -> None:
    """The daemon: upgrade the database, look at once where due, then on schedule.

    SIGTERM or Ctrl-C ends it within seconds; SIGHUP makes it read the configuration again. It writes logs to
    stderr, and stops by itself only where the configuration or the database cannot work.
    """
    clock = SystemClock()
    stop_on_signals(clock)
    given = click.get_current_context().find_root().obj
    try:
        with writing(read_config(), clock) as (app, lock):

            def reload() -> App:
                fresh = load(given["config"])
                return App(fresh, clock, app.database, app.queries, app.recorder)

            def holds() -> App:
                return daemon.app

            metrics = metrics_of(app, holds, lambda: len(daemon.stuck()))
            listeners: list[Announce] = [Listener(), Ping(lambda: holds().switch, clock)]
            listeners += [metrics] if metrics else []
            daemon = Daemon(app, lock, clock, listeners, reload)
            reread_on_signal(daemon.reread)
            daemon.run()
    except (Stopped, StoreError):
        if not clock.stopping:  # else: asked to end before the first run
            raise
