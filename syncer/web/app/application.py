"""The ASGI application: routes, middleware and error handlers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from syncer.web.asgi.base_path import BasePathMiddleware
from syncer.web.asgi.gzip import GZipResponses
from syncer.web.asgi.hosts import HostMiddleware
from syncer.web.asgi.request_limit import RequestLimitMiddleware
from syncer.web.asgi.security import SecurityMiddleware
from syncer.web.asgi.threadpool import limiters

from .context import Context
from .error_handlers import HANDLERS

MAX_FILE_THREADS = 4  # static files that are read at the same time; pages have their own threads


@dataclass(frozen=True)
class Access:
    """Under which addresses the pages answer.

    `hosts`: names that a request may have as its Host, in addition to those of this machine. `any_ip`:
    whether it may be any IP address, too. `base_path`: what browsers have before the path of a page.
    `trusted_proxies`: IP addresses and networks whose X-Forwarded-Prefix may name another one.
    """

    hosts: Sequence[str] = ()
    any_ip: bool = False
    base_path: str = ""
    trusted_proxies: Sequence[str] = ()


LOCAL = Access()


def create_app(
    context: Context,
    routes: Sequence[BaseRoute],
    access: Access = LOCAL,
    context_provider: Callable[[], Context] | None = None,
) -> ASGIApp:
    """Return the application.

    `context_provider`: returns the context of each request, if it can change while the server runs.
    """
    trusted = Middleware(HostMiddleware, access.hosts, any_ip=access.any_ip)
    compressed = Middleware(GZipResponses, minimum_size=600, compresslevel=6)
    app = Starlette(
        routes=list(routes),
        middleware=[trusted, Middleware(RequestLimitMiddleware), compressed],
        exception_handlers=HANDLERS,
        lifespan=_limit_file_threads,
    )
    # Starlette would redirect to an address that it builds from the request's Host header.
    app.router.redirect_slashes = False
    app.state.context_provider = context_provider or (lambda: context)
    app.state.limiters = limiters()
    # Outside of Starlette, so that its own error answers have the headers, too.
    secured = SecurityMiddleware(app, icons=context.icons)
    # Outermost: which methods are allowed depends on the path.
    return BasePathMiddleware(secured, access.base_path, access.trusted_proxies)


@asynccontextmanager
async def _limit_file_threads(_: Starlette) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = MAX_FILE_THREADS
    yield
