"""The web server of an app; built here, because the web package does not import the rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.app import App

from .health import read_health_report
from .metrics import build_metrics

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics
    from syncer.web.asgi.server import PageServer


@contextmanager
def serve_pages(
    app: App,
    host: str,
    port: int,
    metrics: "Metrics | None" = None,
    current_app: Callable[[], App] | None = None,
) -> "Iterator[PageServer]":
    """Serve the pages at an address while the block runs. Raises BindError.

    A daemon passes the `metrics` that count its events and the app with the newest configuration.
    """
    # Imported here: only `run` with pages, `serve` and `demo` need the web framework.
    from syncer.web.api import monitoring
    from syncer.web.app.application import create_app
    from syncer.web.app.context import Context
    from syncer.web.asgi.server import PageServer
    from syncer.web.routes import routes

    config, newest = app.config, current_app or (lambda: app)
    monitored = monitoring.routes(lambda: read_health_report(newest()), metrics or build_metrics(app, newest))

    def context() -> Context:
        # A reload may change the time zone and the players; [web] is read only at start.
        now = newest().config
        without = frozenset((p.ulid or p.username or "").lower() for p in now.players if not p.unlocks)
        icons, problem = config.web.icons, now.zone_problem
        return Context(app.queries, app.clock.now, now.zone, now.gap_after, icons, without, problem)

    # An IPv6 address has brackets in a Host header.
    hosts = [*config.web.allowed_hosts, f"[{host}]" if ":" in host else host]
    with PageServer(create_app(context(), [*routes(), *monitored], hosts, context), host, port) as server:
        yield server
