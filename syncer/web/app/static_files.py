"""Style sheets, scripts and the icon."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from syncer.web.rendering.templates import STATIC, static

IMMUTABLE = "public, max-age=31536000, immutable"  # a changed file has another address


class StaticAssets(StaticFiles):
    """Static files that a browser may keep for a year if their address contains their digest."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        # Without a digest the address stays the same after an update, so browsers must ask each time.
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = IMMUTABLE if versioned else "no-cache"
        return response


# Browsers request this address by themselves, whatever icon the page names.
async def favicon(request: Request) -> Response:
    return RedirectResponse(static(request, "icon.svg"), 308)


routes: list[BaseRoute] = [
    Mount("/static", StaticAssets(directory=STATIC)),
    Route("/favicon.ico", favicon),
]
