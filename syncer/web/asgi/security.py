"""Security headers of every response, and requests that are rejected before any page runs."""

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_HEADER_BYTES = 16_384
HEADER_OVERHEAD = 32  # bytes counted for each header in addition to its text
READING = ("GET", "HEAD")
API_PATH = "/API/"  # its clients may send POST for a read (site-api.md section 1)
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
    """Return the content security policy; `icons` allows images of the site's media host."""
    more = {"img-src": f"{POLICY['img-src']} {MEDIA}"} if icons else {}
    return "; ".join(f"{name} {value}" for name, value in (POLICY | more).items())


class SecurityMiddleware:
    """Adds security headers to every response, errors included, and allows only methods that read."""

    def __init__(self, app: ASGIApp, *, icons: bool) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(icons=icons),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A response may bring a policy that is closer to it, as the card of a review does.
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif has_conflicting_framing(scope):
            await rejection(
                400, "The request has both a Content-Length and a Transfer-Encoding.", Connection="close"
            )(scope, receive, send_secured)
        elif scope["method"] not in (allowed := allowed_methods(scope)):
            refusal = rejection(405, "These pages are read-only.", Allow=", ".join(allowed))
            await refusal(scope, receive, send_secured)
        elif header_size(scope) > MAX_HEADER_BYTES:
            await rejection(431, "The request is too long.", Connection="close")(scope, receive, send_secured)
        else:
            await self._app(scope, receive, send_secured)


def allowed_methods(scope: Scope) -> tuple[str, ...]:
    """Return the methods of a path. The API takes POST, too, whose body no endpoint reads."""
    return (*READING, "POST") if scope["path"].startswith(API_PATH) else READING


def header_size(scope: Scope) -> int:
    """Return the bytes of address and headers, each with an overhead (as in HTTP/2): it costs memory, too."""
    headers = sum(len(name) + len(value) + HEADER_OVERHEAD for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def has_conflicting_framing(scope: Scope) -> bool:
    """Return whether the request could smuggle another one: a proxy may see its end elsewhere."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}


def rejection(status: int, message: str, **headers: str) -> Response:
    """Return a response for a rejected request.

    It does not close the connection: a close while the client sends a body would lose the response.
    """
    return JSONResponse({"error": message}, status, headers)
