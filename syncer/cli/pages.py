"""The pages of an app: made here, because here all parts meet; served while a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.app import App

if TYPE_CHECKING:
    from syncer.web.server import PageServer


@contextmanager
def pages(app: App, host: str, port: int) -> "Iterator[PageServer]":
    """Served at that address. Raises AddressUnusable."""
    from syncer.web.context import Context
    from syncer.web.pages import routes
    from syncer.web.server import PageServer
    from syncer.web.site import site

    config = app.config
    context = Context(app.queries, app.clock.now, config.zone, config.gap_after, config.web.icons)
    hosts = [*config.web.allowed_hosts, f"[{host}]" if ":" in host else host]
    with PageServer(site(context, routes(), hosts), host, port) as server:
        yield server
