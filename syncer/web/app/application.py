"""One site from families of routes: who may ask, and what every answer says about itself."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from syncer.web.asgi.gzip import GZipResponses
from syncer.web.asgi.security import SecurityMiddleware
from syncer.web.asgi.threadpool import limiter

from .context import Context
from .error_handlers import HANDLERS

LOCAL = ("localhost", "127.0.0.1", "[::1]")
FILES_AT_ONCE = 4  # that are read at the same time; pages have threads of their own


def create_app(
    context: Context,
    routes: Sequence[BaseRoute],
    hosts: Sequence[str] = (),
    holds: Callable[[], Context] | None = None,
) -> ASGIApp:
    """`hosts`: names that a browser may call us by, besides those of this machine.

    `holds`: what the context is at each request, where it does not stay as at start.
    """
    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, *hosts], www_redirect=False)
    packed = Middleware(GZipResponses, minimum_size=600, compresslevel=6)
    made = Starlette(
        routes=list(routes), middleware=[trusted, packed], exception_handlers=HANDLERS, lifespan=_few_threads
    )
    made.router.redirect_slashes = False
    made.state.context = holds or (lambda: context)
    made.state.turns = limiter()
    return SecurityMiddleware(made, icons=context.icons)


@asynccontextmanager
async def _few_threads(_: Starlette) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = FILES_AT_ONCE
    yield
