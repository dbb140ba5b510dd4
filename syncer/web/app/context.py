"""What every page knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from starlette.requests import Request

from syncer.store.read.queries import Queries


@dataclass(frozen=True)
class Context:
    """Where to ask, what time it is, and how the people here read it.

    `zone`: days are cut in it and times shown in it; `now` and all that is stored are UTC. `icons`: whether
    pages may link images of the site's media host.
    """

    queries: Queries
    now: Callable[[], datetime]
    zone: tzinfo
    gap_after: timedelta
    icons: bool = False


def get_context(request: Request) -> Context:
    """What holds now for the request's site."""
    found: Context = request.app.state.context()
    return found
