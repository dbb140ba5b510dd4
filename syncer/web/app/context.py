"""What every page needs to know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from starlette.requests import Request

from syncer.core.monitoring.health import Tolerance
from syncer.store.read.queries import Queries


@dataclass(frozen=True)
class Context:
    """The database, the clock and the settings of the pages.

    `zone`: cuts days and shows times; `now` and everything stored are UTC. `icons`: whether pages may link
    images of the site's media host. `without_unlocks`: the players configured with `unlocks = false`, each by
    its name or ULID in lower case. `zone_problem`: why the zone may be another one than the machine's.
    `is_daily`: whether polls come at times of the day. `key_owners`: by the fingerprint of a key, the
    names or ULIDs of the players whose requests use it. `dead_after`: seconds without a heartbeat until a
    worker counts as dead; None: there is no cluster.
    """

    queries: Queries
    now: Callable[[], datetime]
    zone: tzinfo
    gap_after: timedelta
    icons: bool = False
    without_unlocks: frozenset[str] = frozenset()
    zone_problem: str = ""
    is_daily: bool = False
    key_owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dead_after: float | None = None

    @property
    def zone_name(self) -> str:
        return getattr(self.zone, "key", "UTC")

    @property
    def last_day(self) -> date:
        """The last day that is over: a page can show its end."""
        return self.now().astimezone(self.zone).date() - timedelta(days=1)

    @property
    def tolerance(self) -> Tolerance:
        """How much later than promised a poll may come."""
        return Tolerance(self.gap_after, self.is_daily)


def get_context(request: Request) -> Context:
    """Return the current context: a daemon may have read its configuration again."""
    found: Context = request.app.state.context_provider()
    return found
