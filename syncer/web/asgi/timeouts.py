"""Deadlines and limits for one connection, where uvicorn's own settings do not protect."""

from asyncio import TimerHandle, Transport, selector_events
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MAX_CONNECTIONS = 400  # a process may usually open 1024 files, and the runs need some
MAX_HEAD_BYTES = 16_384  # of an incomplete request line and headers
CHUNK_SIZE = 4096  # bytes of one read
REQUEST_TIMEOUT = 10.0  # seconds until a request is complete
TIME_FOR_REQUEST = 1.0  # seconds; usually a request follows its connection at once
RESPONSE_TIMEOUT = 30.0  # seconds until its response is sent
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

METHODS = (
    "connection_made",
    "data_received",
    "connection_lost",
    "on_response_complete",
    "send_400_response",
)
ATTRIBUTES = ("conn", "connections", "cycle", "loop", "transport")


def require_private_api(protocol: type, cycle: type, transport: type) -> None:
    """Raise ImportError if uvicorn or asyncio lacks a private name that TimeoutProtocol relies on.

    Without this check a new release could leave every deadline unset, and no error would show it.
    """
    wanted = [
        *((protocol, name, hasattr(protocol, name)) for name in METHODS),
        *((protocol, name, _assigns(protocol, name)) for name in ATTRIBUTES),
        (cycle, "response_complete", _assigns(cycle, "response_complete")),
        (transport, "max_size", hasattr(transport, "max_size")),
    ]
    if missing := [f"{owner.__name__}.{name}" for owner, name, is_there in wanted if not is_there]:
        raise ImportError(f"this version of uvicorn is not supported: it has no {', '.join(missing)}")


def _assigns(owner: type, name: str) -> bool:
    """Return whether the constructor sets this attribute: it exists on instances only."""
    code = getattr(owner.__init__, "__code__", None)  # type: ignore[misc]
    return code is not None and name in code.co_names


require_private_api(H11Protocol, RequestResponseCycle, selector_events._SelectorTransport)  # type: ignore[attr-defined]


class TimeoutProtocol(H11Protocol):
    """A connection with a deadline for each request and for each response (a watchdog timer, re-armed).

    uvicorn's settings (asgi/server.py) protect where they can: `timeout_keep_alive` ends idle connections,
    `h11_max_incomplete_event_size` limits an unfinished head. What is left:

    - a client that connects and sends nothing, or one header a second (Slowloris): no setting ends it;
    - a client that does not read its response: no setting ends it either;
    - more connections than files: uvicorn's `limit_concurrency` refuses every request then, monitoring
      included, and keeps silent connections open. Here a new one takes the place of the longest waiting one;
    - a long head that arrives whole: h11 measures only incomplete ones, and asyncio reads 256 kB at once.
    """

    _deadline: TimerHandle | None = None
    _waits_since = 0.0  # for the rest of a request, or for a client that reads its response
    _is_answering = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.max_size = CHUNK_SIZE  # type: ignore[attr-defined]
        self._close_after(REQUEST_TIMEOUT)
        if len(self.connections) > MAX_CONNECTIONS:
            self._close_longest_waiting()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before and not self.cycle.response_complete:
            self._is_answering = True
            self._close_after(RESPONSE_TIMEOUT)

    def send_400_response(self, msg: str) -> None:
        if len(self.conn.trailing_data[0]) <= MAX_HEAD_BYTES:
            super().send_400_response(msg)
        else:
            self.transport.write(TOO_LONG)
            self.transport.close()

    def on_response_complete(self) -> None:
        self._is_answering = False
        self._close_after(REQUEST_TIMEOUT)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _close_after(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._waits_since = self.loop.time()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _close_longest_waiting(self) -> None:
        """Make room for this connection: first goes one that had time for a request and sent none."""
        latest = self.loop.time() - TIME_FOR_REQUEST
        longest: Any = min(self.connections, key=lambda other: _precedence(other, latest))
        # At once: asyncio reports the loss later, and the next connection would choose the same one.
        self.connections.discard(longest)
        longest.transport.abort()


def _precedence(connection: Any, latest: float) -> tuple[bool, float]:
    waits_since: float = connection._waits_since
    return connection._is_answering or waits_since > latest, waits_since
