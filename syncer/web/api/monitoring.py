"""Monitoring endpoints: /metrics, /healthz, /readyz."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syncer.core.errors import StoreError
from syncer.core.formats.timestamps import format_utc
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.telemetry.metrics import Metrics
from syncer.web.asgi.hosts import is_foreign
from syncer.web.asgi.threadpool import MONITORING, in_threadpool

NO_STORE = {"Cache-Control": "no-store"}
UNREADY = 503


def routes(read_health: Callable[[], HealthReport], metrics: Metrics | None) -> list[Route]:
    """Return the routes. `read_health` may raise StoreError. Without metrics there is no /metrics."""

    async def healthz(request: Request) -> Response:
        """Answer on the event loop, without a database: this process is alive."""
        return PlainTextResponse("ok\n", headers=NO_STORE)

    def readyz(request: Request) -> Response:
        """Answer as `syncer health`: the database is readable and current, and every player is up to date."""
        reason = not_ready_reason(read_health)
        if reason and is_foreign(request):  # which a page of another site can read
            reason = "not ready; syncer health says why"
        return PlainTextResponse(f"{reason or 'ok'}\n", UNREADY if reason else 200, headers=NO_STORE)

    # /healthz takes no thread: it must answer while the database hangs.
    monitored = [Route("/healthz", healthz), Route("/readyz", in_threadpool(readyz, MONITORING))]
    if metrics:
        monitored.append(Route("/metrics", in_threadpool(exposition(metrics), MONITORING)))
    return monitored


def not_ready_reason(read_health: Callable[[], HealthReport]) -> str:
    """Return why the service is not ready, in one line; empty if it is ready."""
    try:
        report = read_health()
    except StoreError:  # its message would name the file, or the login
        return "the database cannot be used; see the log and syncer doctor"
    return "; ".join(
        f"{player.username}: {reason}{_site_wait(report, player)}"
        for player in report.players
        if (reason := player.stale_reason(report.at))
    )


def _site_wait(report: HealthReport, player: PlayerHealth) -> str:
    until = report.site_wait(player)
    return f"; the site asked to wait until {format_utc(until)}" if until else ""


def exposition(metrics: Metrics) -> Callable[[Request], Response]:
    """Return the endpoint that Prometheus scrapes."""

    def scrape(request: Request) -> Response:
        body, content_type = metrics.exposition(request.headers.get("Accept", ""))
        return Response(body, headers={"Content-Type": content_type, **NO_STORE})

    return scrape
