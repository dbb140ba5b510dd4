"""syncer run"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from syncer.api.heartbeat import HeartbeatListener
from syncer.app import App, heartbeat_config
from syncer.cli.support.context import open_writer, read_again, read_config
from syncer.cli.support.metrics import metrics_of
from syncer.cli.support.web_server import serve_pages
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, StoreError
from syncer.core.events import EventHandler
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.signals import reload_on_signal, stop_on_signals
from syncer.telemetry.log import Listener

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics

logger = logging.getLogger("syncer")


def daemon_of(
    app: App, lock: WriterLock, clock: SystemClock, reload: Callable[[], App]
) -> "tuple[Daemon, Metrics | None]":
    """The daemon, and what counts its events: beside pages only, for nobody else could read it."""

    def holds() -> App:
        return made.app

    def reread() -> App:
        app = reload()
        if metrics:
            metrics.register_players([entry.label for entry in app.config.players])
        return app

    wanted = app.config.web.enabled
    metrics = metrics_of(app, holds, lambda: len(made.stalled_players())) if wanted else None
    listeners: list[EventHandler] = [
        Listener(),
        HeartbeatListener(lambda: heartbeat_config(holds().config), clock),
    ]
    made = Daemon(app, lock, clock, [*listeners, metrics] if metrics else listeners, reread)
    return made, metrics


@contextmanager
def shown(daemon: Daemon, clock: SystemClock, metrics: "Metrics | None") -> Iterator[None]:
    """The pages beside the daemon, where they are wanted; a wish to end reaches both at once."""
    web = daemon.app.config.web
    if not web.enabled:
        yield
        return
    with serve_pages(daemon.app, web.host, web.port, metrics, lambda: daemon.app) as server:
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
    daemon = None
    try:
        with open_writer(read_config(check_services=True), clock) as (app, lock):

            def reload() -> App:
                return app.with_config(read_again(given["config"]))

            daemon, metrics = daemon_of(app, lock, clock, reload)
            reload_on_signal(daemon.request_reload)
            with shown(daemon, clock, metrics):
                daemon.run()
    except (Cancelled, StoreError) as error:
        asked = clock.stopping and not (daemon and error is daemon.fatal)
        if not asked:  # to end, before the first run
            raise
