"""Answers in gzip for those who take it. Starlette alone goes by the word, be it a refusal."""

import re

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

REFUSED = re.compile(rb"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class GZipResponses(GZipMiddleware):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # In place: of a copy, a page could not take the query away from whoever logs it.
            scope["headers"] = [pair for pair in scope["headers"] if not is_refusal(*pair)]
        await super().__call__(scope, receive, send)


def is_refusal(name: bytes, value: bytes) -> bool:
    return name == b"accept-encoding" and bool(REFUSED.search(value))
