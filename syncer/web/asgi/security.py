"""What every answer says about itself, and which methods are answered at all."""

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_HEADER_BYTES = 16_384  # bytes of a request
HEADER_OVERHEAD = 32  # that every header weighs besides
MEDIA = "https://media.retroachievements.org"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(*, icons: bool) -> str:
    """The content security policy; images of the site's media host only where they are wanted."""
    more = {"img-src": f"{POLICY['img-src']} {MEDIA}"} if icons else {}
    return "; ".join(f"{name} {value}" for name, value in (POLICY | more).items())


class SecurityMiddleware:
    """Around a whole site, its failures included: read-only, and nothing of it is kept or framed."""

    def __init__(self, app: ASGIApp, *, icons: bool) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(icons=icons),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif has_conflicting_framing(scope):
            await rejection(400, "This request has two lengths.", Connection="close")(scope, receive, guarded)
        elif scope["method"] not in ("GET", "HEAD"):
            await rejection(405, "These pages can only be read.")(scope, receive, guarded)
        elif header_size(scope) > MAX_HEADER_BYTES:
            await rejection(431, "This request is too long.", Connection="close")(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def header_size(scope: Scope) -> int:
    """Bytes of what was asked and how; a header weighs more than its text, as in HTTP/2 and in memory."""
    named = sum(len(name) + len(value) + HEADER_OVERHEAD for name, value in scope["headers"])
    return named + len(scope["raw_path"]) + len(scope["query_string"])


def has_conflicting_framing(scope: Scope) -> bool:
    """A proxy before us may see the end elsewhere: what follows would be somebody else's request."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}


def rejection(status: int, sentence: str, **headers: str) -> Response:
    """Before any page is asked. The connection stays: closed on a body, it would swallow the answer."""
    return JSONResponse({"error": sentence}, status, {"Allow": "GET, HEAD"} | headers)
