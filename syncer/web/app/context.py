"""What every page needs to know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from starlette.requests import Request

from syncer.store.read.queries import Queries


@dataclass(frozen=True)
class Context:
    """The database, the clock and the settings of the pages.

    `zone`: cuts days and shows times; `now` and everything stored are UTC. `icons`: whether pages may link
    images of the site's media host.
    """

    queries: Queries
    now: Callable[[], datetime]
    zone: tzinfo
    gap_after: timedelta
    icons: bool = False


def get_context(request: Request) -> Context:
    """Return the current context: a daemon may have read its configuration again."""
    found: Context = request.app.state.context_provider()
    return found
