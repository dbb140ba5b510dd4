"""Style sheets, scripts and the icon."""

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
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = IMMUTABLE if versioned else "no-cache"
        return response


async def favicon(_: object) -> Response:
    return RedirectResponse(static("icon.svg"), 308)


routes: list[BaseRoute] = [
    Mount("/static", StaticAssets(directory=STATIC)),
    Route("/favicon.ico", favicon),
]
