"""syncer run"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from syncer.api.heartbeat import HeartbeatListener
from syncer.app import App, heartbeat_config
from syncer.cli.support.app_context import open_writer
from syncer.cli.support.config import read_config, reload_config, reread_if_changed
from syncer.cli.support.health import is_all_well
from syncer.cli.support.metrics import build_metrics
from syncer.cli.support.web_server import serve_pages
from syncer.config import SecretWatch
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, StoreError
from syncer.core.events import EventHandler
from syncer.run.advisory_lock import Sharing
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.signals import reload_on_signal, stop_on_signals
from syncer.telemetry.run_log import Listener

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics

logger = logging.getLogger("syncer")


@click.command()
def run() -> None:
    """Run the daemon: upgrade the database, poll at once if due, then on schedule.

    SIGTERM or Ctrl-C stops it within seconds; SIGHUP makes it read the configuration again. It logs to
    stderr, and stops by itself only if it cannot work with the configuration or the database. With
    [web] enabled = true it also serves the pages. With [cluster] enabled = true it only plans, and syncer
    worker polls.
    """
    clock = SystemClock()
    stop_on_signals(clock)
    options = click.get_current_context().find_root().obj
    early_hangup = threading.Event()
    reload_on_signal(early_hangup.set)
    # A signal may arrive before it exists, and the except clause below reads it.
    daemon = None
    try:
        config = read_config(check_services=True, log_warnings=True)
        sharing = Sharing.of_daemon(has_workers=config.cluster.enabled)
        with open_writer(config, clock, sharing=sharing) as (app, lock):

            def reload() -> App:
                return app.with_config(reload_config(options["config"], app.config, options["level"]))

            daemon, metrics = build_daemon(app, lock, clock, reload)
            reload_on_signal(daemon.request_reload)
            if early_hangup.is_set():  # the configuration was read before the signal, or after it
                daemon.request_reload()
            with serve_if_enabled(daemon, clock, metrics):
                daemon.run()
    except (Cancelled, StoreError) as error:
        # A signal may arrive while the database is opened; what fails then is part of stopping.
        is_stop = clock.stopping and not (daemon and error is daemon.fatal)
        if not is_stop:
            raise


def build_daemon(
    app: App, lock: WriterLock, clock: SystemClock, reload: Callable[[], App]
) -> "tuple[Daemon, Metrics | None]":
    """Return the daemon and the metrics that count its events; without pages, metrics have no reader."""

    # A reload replaces `daemon.app`, so it is read at each use and never kept.
    def current_app() -> App:
        return daemon.app

    def reload_with_metrics() -> App:
        app = reload()
        if metrics:
            metrics.register_players([entry.label for entry in app.config.players])
        return app

    has_pages = app.config.web.enabled
    metrics = build_metrics(app, current_app, lambda: len(daemon.stalled_players())) if has_pages else None
    heartbeat = HeartbeatListener(
        lambda: heartbeat_config(current_app().config), clock, lambda: is_all_well(current_app())
    )
    listeners: list[EventHandler] = [Listener(), heartbeat]
    watch = SecretWatch()

    def reread(again: bool) -> App | None:
        fresh = reread_if_changed(watch, current_app().config, app.config, again=again)
        return app.with_config(fresh) if fresh else None

    listeners += [metrics] if metrics else []
    daemon = daemon_class(app)(app, lock, clock, listeners, reload_with_metrics, reread)
    return daemon, metrics


def daemon_class(app: App) -> type[Daemon]:
    """Return the daemon that polls, or with [cluster] the one that plans for the workers."""
    if not app.config.cluster.enabled:
        return Daemon
    from syncer.run.cluster.planning_daemon import PlanningDaemon

    return PlanningDaemon


@contextmanager
def serve_if_enabled(daemon: Daemon, clock: SystemClock, metrics: "Metrics | None") -> Iterator[None]:
    """Serve the pages beside the daemon if [web] enables them. A stop signal ends both."""
    web = daemon.app.config.web
    if not web.enabled:
        yield
        return
    with serve_pages(daemon.app, web.host, web.port, metrics, lambda: daemon.app) as server:
        # At the signal, so that server and daemon stop at the same time, not one after the other.
        clock.on_stop(server.ask_to_stop)
        facts = {"event": "pages", "address": server.address}
        logger.info("serving pages at %s", server.address, extra={"facts": facts})
        yield
