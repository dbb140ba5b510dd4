"""Who looks at whom, and what they ask for behind the question mark."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncer.core.formats.timestamps import end_of, is_date
from syncer.core.model.progress import EPOCH, MAX_NUMBER, GameId
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from syncer.web.asgi.threadpool import in_threadpool
from syncer.web.rendering.filters import Times
from syncer.web.rendering.templates import address, render

from .context import Context, get_context
from .error_handlers import BadParameter
from .player_status import is_fresh, key_refused, unresolved_player_failure


@dataclass(frozen=True)
class PlayerRequest:
    """One request for a page about one player. The methods raise BadParameter."""

    request: Request
    context: Context
    player: PlayerRef
    all_players: tuple[PlayerRef, ...]
    now: datetime

    @property
    def queries(self) -> Queries:
        return self.context.queries

    @property
    def times(self) -> Times:
        return Times(self.context.zone, self.now)

    def to(self, path: str, **parameters: Any) -> str:
        """An address that stays with the player."""
        several = {"player": self.player.username} if len(self.all_players) > 1 or self.text("player") else {}
        return address(path, several | parameters)

    def text(self, name: str, longest: int = 100) -> str:
        found = self.request.query_params.get(name, "").strip()
        if len(found) > longest:
            raise BadParameter(f"{name} is longer than {longest} characters")
        return found

    @property
    def game_id(self) -> GameId:
        """That of the address. Raises HTTPException 404 for one that no game can have."""
        found: str = self.request.path_params["game"]
        if not re.fullmatch(r"[0-9]{1,10}", found) or not 0 < int(found) <= MAX_NUMBER:
            raise HTTPException(404)
        return int(found)

    def number(self, name: str, default: int, most: int = MAX_NUMBER) -> int:
        found = self.text(name)
        if not found:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", found) or not 0 < int(found) <= most:
            raise BadParameter(f"{name} is no number from 1 to {most}")
        return int(found)

    def choice(self, name: str, options: Collection[str], default: str) -> str:
        found = self.text(name)
        if found and found not in options:
            raise BadParameter(f"{name} is none of {', '.join(options)}")
        return found or default

    def moment(self, name: str, *, end_of_day: bool = False) -> datetime | None:
        """A date of the player's zone, or an ISO moment; taken for one from 1970 until now."""
        found = self.text(name)
        if not found:
            return None
        try:
            moment = self._moment(found.replace(" ", "+"), end_of_day)
        except (ValueError, OverflowError):
            raise BadParameter(
                f"{name} is no date like 2026-05-01, nor a moment like 2026-05-01T18:30Z"
            ) from None
        return max(EPOCH, min(moment, self.now))

    def _moment(self, text: str, end_of_day: bool) -> datetime:
        moment = datetime.fromisoformat(text)
        if is_date(text) and end_of_day:
            return end_of(moment.date(), self.context.zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.context.zone)).astimezone(UTC)

    @property
    def version(self) -> str:
        """Another one as soon as there is something new to see."""
        looked, run = self.queries.players.last_poll(self.player.id), self.queries.runs.last(self.player.id)
        newest, ended = self.queries.web.newest_snapshot_id(self.player.id), run["outcome"] if run else "none"
        signs = is_fresh(self.queries, self.player, self.now), key_refused(self.queries, run)
        strange = run["id"] if (run := self.stranger) else 0
        turns = f"{signs[0]:d}{signs[1]:d}-{strange}"  # what time alone changes, and who else fails
        return f"{newest}-{looked.timestamp() if looked else 0:.3f}-{ended}-{turns}"

    @property
    def stranger(self) -> Row | None:
        """The last run that did not get to know its player."""
        return unresolved_player_failure(self.queries, self.all_players, self.now)

    @property
    def zone_name(self) -> str:
        return getattr(self.context.zone, "key", "UTC")

    @property
    def today(self) -> date:
        """By the player's own calendar."""
        return self.now.astimezone(self.context.zone).date()

    @property
    def midnight(self) -> datetime:
        """When the player's own day began."""
        return self.start_of_day(self.today)

    def start_of_day(self, day: date) -> datetime:
        """Of a day by the player's clocks: it may have 23 hours, or 25."""
        return datetime.combine(day, time(), self.context.zone).astimezone(UTC)

    def page(self, template: str, **facts: Any) -> Response:
        return render(self.request, template, visit=self, times=self.times, **facts)


def resolve(request: Request) -> PlayerRequest | None:
    """None: nobody is stored yet. Raises ConfigError for a player who is not."""
    context, name = get_context(request), request.query_params.get("player")
    everybody = tuple(context.queries.players.select())
    chosen = context.queries.players.select(name)[0] if name else next(iter(everybody), None)
    return PlayerRequest(request, context, chosen, everybody, context.now()) if chosen else None


def no_players(request: Request) -> Response:
    """Nobody is known yet: perhaps because each run fails before it knows its player."""
    context = get_context(request)
    now = context.now()
    run = unresolved_player_failure(context.queries, (), now)
    return render(request, "nobody.html", run=run, times=Times(context.zone, now))


def page(path: str, draw: Callable[[PlayerRequest], Response]) -> Route:
    def answer(request: Request) -> Response:
        visit = resolve(request)
        return draw(visit) if visit else no_players(request)

    return Route(path, in_threadpool(answer))
