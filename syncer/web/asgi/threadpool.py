"""A small thread pool for pages: a database that hangs blocks neither files nor /healthz."""

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

MAX_CONCURRENT = 4  # pages at the same time: the daemon's runs stay on time


def limiter() -> CapacityLimiter:
    return CapacityLimiter(MAX_CONCURRENT)


def in_threadpool(endpoint: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint as a coroutine that runs in the thread pool. What reads the database must."""

    async def run(request: Request) -> Response:
        return await run_sync(endpoint, request, limiter=request.app.state.limiter)

    return run
