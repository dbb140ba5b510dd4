"""The demo server: a real HTTP server on loopback that answers like the site, remembers, and may fail."""

import socket
import ssl
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias
from urllib.parse import unquote_plus

from syncer.core.clock import Clock
from syncer.core.formats.ra_json import game_ids
from syncer.core.model.progress import GameId, Progress

from . import endpoints, faults
from .limiter import Limiter
from .request import ApiRequest
from .response import ApiReply
from .world import World

LONGEST_SILENCE = 60.0  # seconds that an idle connection stays open
HEARTBEAT = 0.02  # seconds until a wish to close is noticed
LARGEST_FORM = 1_000_000
LONGEST_LINE = 8192  # bytes of request line that the proxy reads (site-api.md section 7)


class Lives(Protocol):
    """What makes the world go on."""

    def advance(self, to: datetime) -> object:
        """Let everything happen that happens up to this moment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived. The key is nowhere in it: only whether it was a good one.

    `at` is monotonic, `moment` UTC. `status` 0: not answered yet, or not by a whole answer. `query` is as
    it was sent, without the key's value; `line_bytes` counts the whole request line.
    """

    number: int
    at: float
    moment: datetime
    method: str
    path: str
    user: str | None
    ids: tuple[GameId, ...]
    key_ok: bool
    user_agent: str
    query: str
    line_bytes: int
    status: int = 0


Forecast: TypeAlias = Callable[[Asked], str | None]
Served: TypeAlias = tuple[datetime, Progress]


class DemoServer:
    """Runs while its `with` block does. `requests` and `served` stay readable afterwards.

    `served` holds, by (ULID, game), what good answers said and when (UTC). A good answer is noted before its
    last byte leaves, so whatever a client has read is in it; it may hold more than the client has read.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        life: Lives | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        requests_per_minute_limit: int | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.life = life
        self.requests: list[Asked] = []
        self.served: dict[tuple[str, GameId], list[Served]] = {}
        self.over = Event()
        self._weather: str | None = None
        self._forecast: Forecast | None = None
        self._limiter = Limiter(requests_per_minute_limit) if requests_per_minute_limit else None
        self._lock = Lock()
        self._listener = _Listener(self, (host, port), ssl_context)
        self._thread = Thread(target=self._listener.serve_forever, args=(HEARTBEAT,), daemon=True)
        scheme = "http" if ssl_context is None else "https"
        self.base_url = f"{scheme}://{host}:{self._listener.server_address[1]}/API"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends drips, hangs and open connections too. May be called twice, or without having started."""
        self.over.set()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()

    @property
    def fault(self) -> str | None:
        """The fault that all requests meet; None: fair. Raises ValueError when set to an unknown one."""
        return self._weather

    @fault.setter
    def fault(self, name: str | None) -> None:
        if name is not None:
            faults.split(name)
        self._weather = name

    def forecast(self, forecast: Forecast | None) -> None:
        """Each request gets a fault of its own, or with None what `weather` says. Replaces the last one."""
        self._forecast = forecast

    def receive(self, method: str, line_bytes: int, question: ApiRequest) -> Asked:
        with self._lock:
            ids = question.text("i") or ""
            asked = Asked(
                number=len(self.requests) + 1,
                at=self.clock.monotonic(),
                moment=self.clock.now(),
                method=method,
                path=question.path,
                user=question.text("u"),
                ids=tuple(game_ids(ids)),
                key_ok=endpoints.knows_key(self.world, question),
                user_agent=question.headers.get("user-agent", ""),
                query=_without_key(question.query),
                line_bytes=line_bytes,
            )
            self.requests.append(asked)
            return asked

    def answer(self, question: ApiRequest) -> tuple[datetime, ApiReply]:
        """The fair answer and its moment."""
        with self.world.lock:
            now = self.clock.now()
            if self.life is not None:
                self.life.advance(now)
            return now, endpoints.answer(self.world, question, now)

    def fault_for(self, asked: Asked, question: ApiRequest) -> str | None:
        if asked.line_bytes > LONGEST_LINE:
            return "414"
        limited = None
        if self._limiter is not None and asked.key_ok:
            with self._lock:
                limited = self._limiter.refuses(question.key.casefold(), asked.at)
        return limited or (self._forecast and self._forecast(asked)) or self._weather

    def note(self, asked: Asked, status: int, now: datetime, reply: ApiReply) -> None:
        with self._lock:
            self.requests[asked.number - 1] = replace(asked, status=status)
            for key, progress in reply.truths.items():
                self.served.setdefault(key, []).append((now, progress))


def _without_key(query: str) -> str:
    def kept(piece: str) -> str:
        name, equals, _ = piece.partition("=")
        is_key = unquote_plus(name).strip().partition("[")[0].lower() == "y"
        return name + equals if is_key else piece

    return "&".join(map(kept, query.split("&")))


class _Listener(ThreadingHTTPServer):
    """The socket. Handshakes happen in the connection's own thread, so that a bad one stops nobody."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, site: DemoServer, address: tuple[str, int], context: ssl.SSLContext | None) -> None:
        self.site = site
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(address, _Visit)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._open_lock:
            for connection in self._open:
                _hang_up(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are daily bread; a mistake of ours is not."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be gone already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # a TLS socket's own would upset its reader


class _Visit(BaseHTTPRequestHandler):
    """One connection: as many requests as the client likes to send."""

    protocol_version = "HTTP/1.1"
    timeout = LONGEST_SILENCE
    disable_nagle_algorithm = True  # a drip must leave byte by byte
    server: _Listener
    raw_requestline: bytes

    def do_GET(self) -> None:
        question = self._read()
        site = self.server.site
        asked = site.receive(self.command, len(self.raw_requestline), question)
        name = site.fault_for(asked, question)
        now, fair = site.answer(question)
        reply = fair if name is None else self._in(name, asked, now, fair)
        if reply is None:
            self.close_connection = True
        else:
            site.note(asked, reply.status, now, reply)
            self._write(reply, now)

    do_POST = do_PUT = do_HEAD = do_GET  # any method reaches the script (site-api.md section 1)

    def _read(self) -> ApiRequest:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length", "0")
        form = self.rfile.read(min(int(length), LARGEST_FORM)) if length.isdigit() else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return ApiRequest(path, query, headers, form.decode("utf-8", "replace"))

    def _in(self, name: str, asked: Asked, now: datetime, fair: ApiReply) -> ApiReply | None:
        fault, parameter = faults.split(name)
        occasion = faults.FaultContext(
            reply=fair,
            now=now,
            ids=asked.ids,
            parameter=parameter,
            over=self.server.site.over,
            send=self.wfile.write,
            reset=self._reset,
            told=lambda: self.server.site.note(asked, fair.status, now, fair),
            url=self.path,
        )
        return faults.FAULTS[fault](occasion)

    def _write(self, reply: ApiReply, now: datetime) -> None:
        own = {"Date": format_datetime(now.replace(microsecond=0), usegmt=True), "Server": "cloudflare"}
        content = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        headers: Mapping[str, str] = own | (content if reply.status != 204 else {}) | reply.headers
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Error',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value or name != "Date"]
        block = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(block if self.command == "HEAD" else block + reply.body)

    def _reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the request line holds the key."""
