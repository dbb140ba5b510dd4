"""syncer run"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click

from syncer.app import App
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.core.errors import Stopped, StoreError
from syncer.run.daemon import Daemon
from syncer.run.signals import reread_on_signal, stop_on_signals
from syncer.telemetry.log import Listener

from .common import bad_services, read_config, writing
from .pages import pages

logger = logging.getLogger("syncer")


@contextmanager
def shown(app: App, clock: SystemClock) -> Iterator[None]:
    """The pages beside the daemon, where they are wanted; a wish to end reaches both at once."""
    web = app.config.web
    if not web.enabled:
        yield
        return
    with pages(app, web.host, web.port) as server:
        clock.on_stop(server.ask_to_stop)
        logger.info(
            "pages at %s", server.address, extra={"facts": {"event": "pages", "address": server.address}}
        )
        yield


@click.command()
def run() -> None:
    """The daemon: upgrade the database, look at once where due, then on schedule.

    SIGTERM or Ctrl-C ends it within seconds; SIGHUP makes it read the configuration again. It writes logs to
    stderr, and stops by itself only where the configuration or the database cannot work. Where [web] enabled
    is true it serves the pages, too.
    """
    clock = SystemClock()
    stop_on_signals(clock)
    given = click.get_current_context().find_root().obj
    try:
        with writing(read_config(thorough=True), clock) as (app, lock):

            def reload() -> App:
                return app.reconfigured(load(given["config"], more=bad_services))

            daemon = Daemon(app, lock, clock, [Listener()], reload)
            reread_on_signal(daemon.reread)
            with shown(app, clock):
                daemon.run()
    except (Stopped, StoreError):
        if not clock.stopping:  # else: asked to end before the first run
            raise
