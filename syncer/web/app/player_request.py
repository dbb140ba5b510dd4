"""A request for a page about one player."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncer.core.formats.timestamps import start_of
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from syncer.web.asgi.threadpool import in_threadpool
from syncer.web.rendering.filters import Times
from syncer.web.rendering.templates import address, render

from .context import Context, get_context
from .parameters import Parameters
from .player_status import is_fresh, key_refused, unresolved_player_failure


@dataclass(frozen=True)
class PlayerRequest:
    """A request for a page about one player."""

    request: Request
    context: Context
    player: PlayerRef
    all_players: tuple[PlayerRef, ...]
    now: datetime

    @property
    def queries(self) -> Queries:
        return self.context.queries

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.request, self.context.zone, self.now)

    @property
    def times(self) -> Times:
        return Times(self.context.zone, self.now)

    def to(self, path: str, **parameters: Any) -> str:
        """Return an address that keeps the chosen player."""
        is_named = len(self.all_players) > 1 or bool(self.parameters.text("player"))
        chosen = {"player": self.player.username} if is_named else {}
        return address(self.request, path, chosen | parameters)

    @property
    def version(self) -> str:
        """A text that changes whenever the pages have something new to show."""
        queries, player = self.queries, self.player
        polled, run = queries.account_polls.newest(player.id), queries.runs.last(player.id)
        failed = self.unresolved_player
        parts = (
            queries.web.newest_snapshot_id(player.id),
            # A poll without a change stores no snapshot, but the page shows when it was.
            f"{polled.at.timestamp() if polled else 0:.3f}",
            run["outcome"] if run else "none",
            f"{is_fresh(queries, player, self.now, self.context.tolerance):d}",  # changes by time alone
            f"{self.today:%Y%m%d}",  # so do the dates of rows, and what happened today
            f"{key_refused(queries, run):d}",
            failed["id"] if failed else 0,
        )
        return "-".join(map(str, parts))

    @property
    def unresolved_player(self) -> Row | None:
        """The last run that failed before it resolved its player."""
        return unresolved_player_failure(self.queries, self.all_players, self.now)

    @property
    def reads_unlocks(self) -> bool:
        """Whether unlocks are read: what is made from them ends otherwise where it was read last."""
        names = {self.player.ulid.lower(), (self.player.config_name or "").lower()}
        return not names & self.context.without_unlocks

    @cached_property
    def unlocks_known_until(self) -> datetime | None:
        """Up to when all unlocks are stored; None: they were never read."""
        return self.queries.daily.unlocks_synced_until(self.player.id)

    @property
    def zone_name(self) -> str:
        return getattr(self.context.zone, "key", "UTC")

    @property
    def today(self) -> date:
        """Today's date in the zone of the pages."""
        return self.now.astimezone(self.context.zone).date()

    def start_of_day(self, day: date) -> datetime:
        """Return when a day of the zone begins; with a clock change it has 23 or 25 hours."""
        return start_of(day, self.context.zone)

    def page(self, template: str, **values: Any) -> Response:
        """Return the page of a template that shows this player."""
        return render(self.request, template, view=self, times=self.times, **values)


def resolve(request: Request) -> PlayerRequest | None:
    """Return the request with its player, or None if no player is stored yet.

    Raises ConfigError for an unknown player.
    """
    context, name = get_context(request), request.query_params.get("player")
    players = tuple(context.queries.players.select())
    chosen = context.queries.players.select(name)[0] if name else next(iter(players), None)
    return PlayerRequest(request, context, chosen, players, context.now()) if chosen else None


def no_players(request: Request) -> Response:
    """Return the page for a database without players, with the error if a run failed before resolving one."""
    context = get_context(request)
    now = context.now()
    run = unresolved_player_failure(context.queries, (), now)
    return render(request, "no_players.html", run=run, times=Times(context.zone, now))


def page(path: str, respond: Callable[[PlayerRequest], Response]) -> Route:
    """Return the route of a page about one player."""

    def endpoint(request: Request) -> Response:
        view = resolve(request)
        return respond(view) if view else no_players(request)

    return Route(path, in_threadpool(endpoint))
