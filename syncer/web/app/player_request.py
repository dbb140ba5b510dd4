"""A request for a page about one player."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from .error_handlers import error_response
from .parameters import Parameters
from .past import Past, past_of
from .player_status import unresolved_player_failure
from .version_text import is_polled, version_text


@dataclass(frozen=True)
class PlayerRequest:
    """A request for a page about one player.

    `now`: the moment that the page shows. `past`: what is known of that moment; None: it is the present.
    """

    request: Request
    context: Context
    player: PlayerRef
    all_players: tuple[PlayerRef, ...]
    now: datetime
    past: Past | None = None

    @property
    def queries(self) -> Queries:
        return self.context.queries

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.request, self.context.zone, self.now)

    def to(self, path: str, **parameters: Any) -> str:
        """Return an address that keeps the chosen player, and the moment."""
        is_named = len(self.all_players) > 1 or bool(self.parameters.text("player"))
        at = self.past.text if self.past else None
        chosen = {"player": self.player.username if is_named else None, "at": at}
        return address(self.request, path, chosen | parameters)

    @property
    def version(self) -> str:
        """A text that changes whenever the pages have something new to show."""
        return version_text(self._newest, self.context, self.now) if self._newest else ""

    @property
    def is_polled(self) -> bool:
        """Whether the account was polled, nearly as promised."""
        return bool(self._newest and is_polled(self._newest, self.context, self.now))

    @cached_property
    def _newest(self) -> Row | None:
        return self.queries.version.of(self.player.ulid)

    @cached_property
    def unresolved_player(self) -> Row | None:
        """The last run that failed before it resolved its player."""
        return unresolved_player_failure(self.queries, self.now, has_players=True)

    @property
    def reads_unlocks(self) -> bool:
        """Whether unlocks are read: what is made from them ends otherwise where it was read last."""
        names = {self.player.ulid.lower(), (self.player.config_name or "").lower()}
        return not names & self.context.without_unlocks

    @cached_property
    def unlocks_known_until(self) -> datetime | None:
        """Up to when all unlocks are stored; None: they were never read."""
        return self.queries.daily.unlocks_synced_until(self.player.id)

    @cached_property
    def first_unlock(self) -> datetime | None:
        """When the first unlock that is not gone happened; None: none is stored."""
        return self.queries.daily.first_unlock(self.player.id)

    @property
    def today(self) -> date:
        """Today's date in the zone of the pages."""
        return self.now.astimezone(self.context.zone).date()

    def start_of_day(self, day: date) -> datetime:
        """Return when a day of the zone begins; with a clock change it has 23 or 25 hours."""
        return start_of(day, self.context.zone)

    def page(self, template: str, **values: Any) -> Response:
        """Return the page of a template that shows this player."""
        return render(self.request, template, view=self, times=Times(self.context.zone, self.now), **values)


def respond(
    request: Request, found: Callable[[PlayerRequest], Response], none: Callable[[Request, Context], Response]
) -> Response:
    """Return the answer about the player of a request, or the other one if no player is stored yet.

    All that it asks of the database, it asks in one transaction: a page shows one moment.
    """
    context = get_context(request)
    with context.queries.in_one_transaction() as queries:
        context = replace(context, queries=queries)
        view = resolve(request, context)
        if view and view.past:
            queries.past.show(view.past.moment)
        return found(view) if view else none(request, context)


def resolve(request: Request, context: Context) -> PlayerRequest | None:
    """Return the request with its player, or None if no player is stored yet.

    Raises ConfigError for an unknown player, BadParameter for a moment that cannot be read.
    """
    name, stored = request.query_params.get("player"), context.queries.players.stored()
    chosen = stored.named(name)[0] if name else next(iter(stored.active), None)
    if chosen is None:
        return None
    now = context.now()
    past = past_of(request, chosen, context, now)
    return PlayerRequest(request, context, chosen, stored.active, past.moment if past else now, past)


def no_players(request: Request, context: Context) -> Response:
    """Return the page for a database without players, with the error if a run failed before resolving one."""
    now = context.now()
    run = unresolved_player_failure(context.queries, now, has_players=False)
    return render(request, "no_players.html", run=run, times=Times(context.zone, now))


def document(path: str, show: Callable[[PlayerRequest], Response]) -> Route:
    """Return the route of a document about one player, for programs: data of a chart, a feed."""
    return Route(path, in_threadpool(lambda request: respond(request, show, no_players_yet)))


def no_players_yet(request: Request, _: Context) -> Response:
    """Return the answer of a document for a database without players."""
    return error_response(request, 404, "No players yet.")


def page(path: str, show: Callable[[PlayerRequest], Response]) -> Route:
    """Return the route of a page about one player."""
    return Route(path, in_threadpool(lambda request: respond(request, show, no_players)))
