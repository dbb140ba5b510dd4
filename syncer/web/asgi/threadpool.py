"""Small thread pools: a database that hangs blocks neither files nor /healthz, slow pages no monitoring."""

from collections.abc import Awaitable, Callable
from types import MappingProxyType

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

PAGES, MONITORING = "pages", "monitoring"
# At the same time: few, so that the daemon's runs stay on time.
MAX_CONCURRENT = MappingProxyType({PAGES: 4, MONITORING: 2})


def limiters() -> dict[str, CapacityLimiter]:
    return {pool: CapacityLimiter(threads) for pool, threads in MAX_CONCURRENT.items()}


def in_threadpool(
    endpoint: Callable[[Request], Response], pool: str = PAGES
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint as a coroutine that runs in a thread pool. What reads the database must."""

    async def run(request: Request) -> Response:
        return await run_sync(endpoint, request, limiter=request.app.state.limiters[pool])

    return run
