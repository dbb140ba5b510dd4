"""Compressed responses for clients that accept gzip."""

import re

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

REFUSED = re.compile(rb"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class GZipResponses(GZipMiddleware):
    """Starlette's middleware, which compresses even for `gzip;q=0`, taught to honour that refusal."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # In place: in a copy, an endpoint could not remove the query string from the server's log.
            scope["headers"] = [pair for pair in scope["headers"] if not is_refusal(*pair)]
        await super().__call__(scope, receive, send)


def is_refusal(name: bytes, value: bytes) -> bool:
    return name == b"accept-encoding" and bool(REFUSED.search(value))
