"""A limit for requests that wait for their answer, with places of its own for monitoring."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MONITORING_PATHS = ("/healthz", "/readyz", "/metrics")
MAX_WAITING = 400  # pages and files; a connection that was closed may have left its request behind
MAX_MONITORING = 50
BUSY = "Too many requests wait for their answer. Try again in a moment.\n"


class RequestLimitMiddleware:
    """Answers 503 while too many requests wait. However many pages do, monitoring is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._waiting = {True: 0, False: 0}  # by whether it is monitoring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        monitors = scope["path"] in MONITORING_PATHS
        if self._waiting[monitors] >= (MAX_MONITORING if monitors else MAX_WAITING):
            await PlainTextResponse(BUSY, 503, {"Retry-After": "10"})(scope, receive, send)
            return
        self._waiting[monitors] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._waiting[monitors] -= 1
