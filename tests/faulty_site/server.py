"""The demo server, with a fault for all requests, or for those that a test chooses."""

import ssl
from collections.abc import Callable
from threading import Lock
from typing import TypeAlias

from syncer.core.clock import Clock
from syncer.demo.http_server import Answer, Wire
from syncer.demo.request import ApiRequest
from syncer.demo.request_log import ReceivedRequest
from syncer.demo.server import DemoServer, WorldChanges
from syncer.demo.world import World

from .fault import FaultContext
from .faults import FAULTS, split
from .rate_limit import SlidingWindowLimit

MAX_LINE_BYTES = 8192  # of request line that the proxy accepts (site-api.md section 7)
FaultChooser: TypeAlias = Callable[[ReceivedRequest], str | None]


class FaultyServer(DemoServer):
    """A DemoServer that can fail. `requests_per_minute_limit` puts a rate limit in front of it."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        scenario: WorldChanges | None = None,
        *,
        requests_per_minute_limit: int | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(world, clock, scenario, ssl_context=ssl_context)
        self._fault: str | None = None
        self._choose_fault: FaultChooser = lambda received: None
        self._limit_lock = Lock()
        self._limit = (
            SlidingWindowLimit(requests_per_minute_limit) if requests_per_minute_limit is not None else None
        )

    @property
    def fault(self) -> str | None:
        """The fault of all requests; None: there is none. Raises ValueError when set to an unknown one."""
        return self._fault

    @fault.setter
    def fault(self, name: str | None) -> None:
        if name is not None:
            split(name)
        self._fault = name

    def choose_fault(self, chooser: FaultChooser | None) -> None:
        """Let `chooser` give each request its fault; where it returns None, `fault` applies."""
        self._choose_fault = chooser or (lambda received: None)

    def respond(self, received: ReceivedRequest, request: ApiRequest, wire: Wire) -> Answer | None:
        fault = self._fault_of(received, request)
        now, reply = self.answer(request)
        if fault is None:
            return now, reply
        return apply_fault(self, fault, received, request, wire, (now, reply))

    def _fault_of(self, received: ReceivedRequest, request: ApiRequest) -> str | None:
        if received.line_bytes > MAX_LINE_BYTES:
            return "414"
        refusal = None
        if self._limit is not None and received.key_ok:
            with self._limit_lock:
                refusal = self._limit.refusal(request.key.casefold(), received.at)
        return refusal or self._choose_fault(received) or self._fault


def apply_fault(
    server: DemoServer,
    fault: str,
    received: ReceivedRequest,
    request: ApiRequest,
    wire: Wire,
    true: Answer,
) -> Answer | None:
    """Return what a fault makes of the true answer; None: it has written its own bytes."""
    now, reply = true
    name, parameter = split(fault)
    context = FaultContext(
        reply=reply,
        now=now,
        ids=received.ids,
        parameter=parameter,
        closing=server.closing,
        wire=wire,
        record_reply=lambda: server.record(received, reply.status, now, reply),
        url=f"{request.path}?{request.query}",
    )
    changed = FAULTS[name](context)
    return None if changed is None else (now, changed)
