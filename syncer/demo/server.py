"""The demo server: a real HTTP server on loopback that answers like the site and records its requests."""

import ssl
from dataclasses import replace
from datetime import datetime
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from syncer.core.clock import Clock
from syncer.core.model.progress import GameId, Progress

from . import handlers
from .http_server import Answer, HttpServer, Wire
from .request import ApiRequest
from .request_log import ReceivedRequest, describe
from .response import ApiReply
from .world import World

POLL_INTERVAL = 0.02  # seconds until a request to close is noticed
Served: TypeAlias = tuple[datetime, Progress]


class WorldChanges(Protocol):
    """A scenario, which changes the world as time passes."""

    def advance(self, to: datetime) -> object:
        """Make all changes that are due up to this moment."""


class DemoServer:
    """Runs while its `with` block does. `requests` and `served` stay readable afterwards.

    `served` holds, by (ULID, game), the numbers of each true reply and its moment (UTC). A reply is recorded
    before its last byte leaves, so `served` holds all that a client has read, and perhaps more.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        scenario: WorldChanges | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.world, self.clock, self.scenario = world, clock, scenario
        self.requests: list[ReceivedRequest] = []
        self.served: dict[tuple[str, GameId], list[Served]] = {}
        self.closing = Event()
        self._lock = Lock()
        self._http = HttpServer(self, ssl_context)
        self._thread = Thread(target=self._http.serve_forever, args=(POLL_INTERVAL,), daemon=True)
        scheme = "http" if ssl_context is None else "https"
        self.base_url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}/API"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End open connections, too. May be called twice, or before the server has started."""
        self.closing.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def receive(self, request: ApiRequest, method: str, line_bytes: int) -> ReceivedRequest:
        """Return the entry of a request in `requests`."""
        key_ok = handlers.has_valid_key(self.world, request)
        with self._lock:
            number = len(self.requests) + 1
            received = describe(request, method, line_bytes, self.clock, number=number, key_ok=key_ok)
            self.requests.append(received)
            return received

    def respond(self, received: ReceivedRequest, request: ApiRequest, wire: Wire) -> Answer | None:
        """Return the reply and its moment. A subclass may write to `wire` itself and return None."""
        return self.answer(request)

    def answer(self, request: ApiRequest) -> Answer:
        """Return the site's reply and its moment, after all changes of the world up to then."""
        # The lock keeps the reply true for its moment: no other request changes the world between.
        with self.world.lock:
            now = self.clock.now()
            if self.scenario is not None:
                self.scenario.advance(now)
            return now, handlers.handle(self.world, request, now)

    def record(self, received: ReceivedRequest, status: int, now: datetime, reply: ApiReply) -> None:
        """Store the status of a request, and the true numbers of its reply."""
        with self._lock:
            self.requests[received.number - 1] = replace(received, status=status)
            for key, progress in reply.progress.items():
                self.served.setdefault(key, []).append((now, progress))
