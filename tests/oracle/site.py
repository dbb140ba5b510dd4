"""The simulated site in this process: without a socket, with lies, and with a log of all that it answered."""

import copy
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from syncer.api.transport import RawResponse
from syncer.core.formats import php
from syncer.demo import handlers
from syncer.demo.request import ApiRequest
from syncer.demo.response import ApiReply
from syncer.demo.world import World
from tests.fakes import FakeClock

from .ledger import Ledger
from .lies import Lie
from .values import Answer

SECONDS_PER_ANSWER = 0.05
PROFILE = "GetUserProfile"


class OracleSite:
    """Answers requests from the world, after all events that are due. `answers`: what left the site."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self.world, self.clock = world, clock
        self.ledgers: dict[str, Ledger] = {}
        self.events: list[tuple[datetime, Callable[[datetime], object]]] = []
        self.lies: list[Lie] = []
        self.answers: list[Answer] = []
        self.broken: Collection[str] = ()  # endpoints that answer 500

    def add_player(self, name: str, key: str) -> None:
        self.ledgers[name] = Ledger(self.world, self.world.add_account(name, key))

    def at(self, moment: datetime, event: Callable[[datetime], object]) -> None:
        """Make a change at a moment; the events of one moment happen in the order of these calls."""
        self.events.append((moment, event))
        self.events.sort(key=lambda one: one[0])

    def advance(self, to: datetime) -> None:
        """Let all happen that is due."""
        while self.events and self.events[0][0] <= to:
            moment, event = self.events.pop(0)
            event(moment)
            for ledger in self.ledgers.values():
                ledger.observe(moment)

    def transport(self, base_url: str, key: str, **settings: Any) -> "InProcessTransport":
        """Return what takes the place of the product's HTTP transport."""
        return InProcessTransport(self, key)

    def respond(self, key: str, path: str, params: Mapping[str, str]) -> tuple[ApiReply, datetime]:
        self.clock.pass_by(SECONDS_PER_ANSWER)
        now = self.clock.now()
        self.advance(now)
        endpoint = path.removeprefix("API_").removesuffix(".php")
        if endpoint in self.broken:
            return ApiReply(500, b'{"message":"Server Error"}'), now
        query = urlencode({**params, "y": key}, safe=",")
        reply = handlers.handle(self.world, ApiRequest(f"/API/{path}", query), now)
        account = self.world.resolve(params.get("u", ""))
        if account is None or reply.status != 200:
            return reply, now
        lies = self._lie(account.name, endpoint, reply, now)
        totals = self.totals(account.name, now)
        self.answers.append(Answer(now, account.name, endpoint, reply.data, lies, totals))
        return reply, now

    def totals(self, player: str, now: datetime) -> tuple[int, int]:
        """Return the points that the profile would show at this moment."""
        profile: dict[str, Any] = dict(self.world.profile(self.ledgers[player].account))
        for lie in self.lies:
            if lie.player == player and lie.holds(now):
                lie.change(PROFILE, profile)
        return profile["TotalPoints"], profile["TotalSoftcorePoints"]

    def _lie(self, player: str, endpoint: str, reply: ApiReply, now: datetime) -> tuple[str, ...]:
        mine = [lie for lie in self.lies if lie.player == player and lie.holds(now)]
        if not mine:
            return ()
        reply.data = copy.deepcopy(reply.data)
        used = tuple(lie.name for lie in mine if lie.apply(endpoint, reply.data, now))
        reply.body = php.to_json(reply.data).encode("ascii")
        return used


class InProcessTransport:
    """One client's way to the site."""

    def __init__(self, site: OracleSite, key: str) -> None:
        self._site, self._key = site, key

    def get(self, path: str, params: Mapping[str, str]) -> RawResponse:
        reply, now = self._site.respond(self._key, path, params)
        date = format_datetime(now.replace(microsecond=0), usegmt=True)
        headers = {"Content-Type": reply.content_type, "Date": date}
        return RawResponse(reply.status, headers, reply.body, True, now)
