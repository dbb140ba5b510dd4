"""For machines that watch us: /metrics, /healthz, /readyz."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syncer.core.errors import StoreError
from syncer.core.formats.text import pluralize
from syncer.core.monitoring.health import HealthReport
from syncer.telemetry.metrics import Metrics
from syncer.web.asgi.threadpool import in_threadpool

FRESH = {"Cache-Control": "no-store"}
UNREADY = 503


def routes(ask: Callable[[], HealthReport], metrics: Metrics | None) -> list[Route]:
    """`ask`: how the looking goes; may raise. Without metrics there is no /metrics."""

    async def healthz(request: Request) -> Response:
        """This process is alive, whatever else is not: said on the loop, which waits for no database."""
        return PlainTextResponse("ok\n", headers=FRESH)

    def readyz(request: Request) -> Response:
        """As `syncer health`: the database is current and readable, and every player was looked at lately."""
        why = not_ready_reason(ask)
        return PlainTextResponse(f"{why or 'ok'}\n", UNREADY if why else 200, headers=FRESH)

    made = [Route("/healthz", healthz), Route("/readyz", in_threadpool(readyz))]
    return made + ([Route("/metrics", in_threadpool(scraped(metrics)))] if metrics else [])


def not_ready_reason(ask: Callable[[], HealthReport]) -> str:
    """One line that says why; empty: all is well."""
    try:
        neglected = ask().stale_players
    except StoreError:  # it would name the file, or the login
        return "the database cannot be used; the log and syncer doctor say why"
    if not neglected:
        return ""
    return (
        f"{pluralize(len(neglected), 'player')} not looked at within three intervals: {', '.join(neglected)}"
    )


def scraped(metrics: Metrics) -> Callable[[Request], Response]:
    def scrape(request: Request) -> Response:
        body, kind = metrics.exposition(request.headers.get("Accept", ""))
        return Response(body, headers={"Content-Type": kind, **FRESH})

    return scrape
