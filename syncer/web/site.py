"""One site from families of routes: who may ask, and what every answer says about itself."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute

from .context import Context

LOCAL = ("localhost", "127.0.0.1", "[::1]")


def site(context: Context, routes: Sequence[BaseRoute], hosts: Sequence[str] = ()) -> Starlette:
    """`hosts`: names that a browser may call us by, besides those of this machine."""
    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, *hosts], www_redirect=False)
    made = Starlette(routes=list(routes), middleware=[trusted])
    made.state.context = context
    return made
