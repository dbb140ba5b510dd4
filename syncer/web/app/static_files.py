"""Style sheets, scripts and the icon; no other file can be asked for."""

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from syncer.web.rendering.templates import STATIC, static

FOR_EVER = "public, max-age=31536000, immutable"  # its address changes when the file does


class StaticAssets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        found = await super().get_response(path, scope)
        named = scope["query_string"].startswith(b"v=")
        found.headers["Cache-Control"] = FOR_EVER if named else "no-cache"
        return found


async def favicon(_: object) -> Response:
    return RedirectResponse(static("icon.svg"), 308)


routes: list[BaseRoute] = [
    Mount("/static", StaticAssets(directory=STATIC)),
    Route("/favicon.ico", favicon),
]
