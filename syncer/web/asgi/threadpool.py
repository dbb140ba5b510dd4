"""Few pages are made at the same time, in threads of their own: what needs no database waits for none."""

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

MAX_CONCURRENT = 4  # however many pages are asked for, the runs stay on time


def limiter() -> CapacityLimiter:
    return CapacityLimiter(MAX_CONCURRENT)


def in_threadpool(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """For what asks the database, which may hang."""

    async def answered(request: Request) -> Response:
        return await run_sync(answer, request, limiter=request.app.state.turns)

    return answered
