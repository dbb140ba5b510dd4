"""The pages of an app: made here, because here all parts meet; served while a block runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.app import App

from .health import read_health_report
from .metrics import metrics_of

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics
    from syncer.web.asgi.server import PageServer


@contextmanager
def serve_pages(
    app: App, host: str, port: int, metrics: "Metrics | None" = None, holds: Callable[[], App] | None = None
) -> "Iterator[PageServer]":
    """Served at that address. Raises BindError.

    Of a daemon: the `metrics` that count its events, and the App whose configuration `holds` now.
    """
    from syncer.web.api import monitoring
    from syncer.web.app.application import create_app
    from syncer.web.app.context import Context
    from syncer.web.asgi.server import PageServer
    from syncer.web.routes import routes

    config, asked = app.config, holds or (lambda: app)
    watched = monitoring.routes(lambda: read_health_report(asked()), metrics or metrics_of(app, asked))

    def context() -> Context:
        now = asked().config  # read again, it may have another zone; of [web] what stood there at start holds
        return Context(app.queries, app.clock.now, now.zone, now.gap_after, config.web.icons)

    hosts = [*config.web.allowed_hosts, f"[{host}]" if ":" in host else host]
    with PageServer(create_app(context(), [*routes(), *watched], hosts, context), host, port) as server:
        yield server
