"""The web server of an app; built here, because the web package does not import the rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.app import App
from syncer.config import is_loopback
from syncer.core.monitoring.health import Tolerance

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
    from syncer.store.request_budget import fingerprint
    from syncer.web.api import monitoring
    from syncer.web.app.application import Access, create_app
    from syncer.web.app.context import Context
    from syncer.web.asgi.server import PageServer
    from syncer.web.routes import routes

    config, newest = app.config, current_app or (lambda: app)
    # Read at start only, as the database is opened with the name of the schema.
    dead_after = config.cluster.dead_after if config.cluster.enabled else None
    monitored = monitoring.routes(lambda: read_health_report(newest()), metrics or build_metrics(app, newest))

    def context() -> Context:
        # A reload may change the time zone and the players; [web] is read only at start.
        now = newest().config
        without = frozenset((p.ulid or p.username or "").lower() for p in now.players if not p.unlocks)
        icons, problem = config.web.icons, now.zone_problem
        is_daily = Tolerance.of(now.schedule, now.gap_after).is_daily
        owners: dict[str, list[str]] = {}
        for player in now.players:
            owners.setdefault(fingerprint(player.key.reveal()), []).append(player.label)
        base = app.queries, app.clock.now, now.zone, now.gap_after
        return Context(*base, icons, without, problem, is_daily, owners, dead_after)

    # Only where other machines can ask, people use this machine's IP addresses as well as its names.
    web, any_ip = config.web, not is_loopback(host)
    access = Access([*web.allowed_hosts, host], any_ip, web.base_path, web.trusted_proxies)
    pages = create_app(context(), [*routes(), *monitored], access, context)
    with PageServer(pages, host, port, web.base_path) as server:
        yield server
