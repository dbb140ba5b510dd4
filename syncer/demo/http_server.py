"""The HTTP side of the demo server: connections, requests, replies."""

import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, Protocol, TypeAlias

from .request import ApiRequest
from .request_log import ReceivedRequest
from .response import ApiReply

IDLE_TIMEOUT = 60.0  # seconds that an idle connection stays open
MAX_FORM_BYTES = 1_000_000
Answer: TypeAlias = tuple[datetime, ApiReply]


@dataclass(frozen=True, slots=True)
class Wire:
    """The client's connection, for a reply that is written byte by byte."""

    send: Callable[[bytes], object]
    connection: socket.socket


class Site(Protocol):
    """The server that this module serves."""

    def receive(self, request: ApiRequest, method: str, line_bytes: int) -> ReceivedRequest: ...
    def respond(self, received: ReceivedRequest, request: ApiRequest, wire: Wire) -> Answer | None: ...
    def record(self, received: ReceivedRequest, status: int, now: datetime, reply: ApiReply) -> None: ...


class HttpServer(ThreadingHTTPServer):
    """The listening socket. Handshakes run in the connection's own thread, so a bad one blocks no other."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, site: Site, ssl_context: ssl.SSLContext | None) -> None:
        self.site = site
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(("127.0.0.1", 0), RequestHandler)
        if ssl_context is not None:
            self.socket = ssl_context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

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
                shut_down(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print errors of this program; clients that disconnect are normal."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # the client may have disconnected already
        # The method of SSLSocket would break the thread that reads from it; the plain one only ends its read.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class RequestHandler(BaseHTTPRequestHandler):
    """One connection, which may carry many requests."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT
    disable_nagle_algorithm = True  # a reply that is sent byte by byte must leave byte by byte
    server: HttpServer
    raw_requestline: bytes

    def do_GET(self) -> None:
        request, site = self._read_request(), self.server.site
        received = site.receive(request, self.command, len(self.raw_requestline))
        answer = site.respond(received, request, Wire(self.wfile.write, self.connection))
        if answer is None:
            self.close_connection = True
            return
        now, reply = answer
        site.record(received, reply.status, now, reply)
        self._write(reply, now)

    do_POST = do_PUT = do_HEAD = do_GET  # any method reaches the script (site-api.md section 1)

    def _read_request(self) -> ApiRequest:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length", "0")
        form = self.rfile.read(min(int(length), MAX_FORM_BYTES)) if length.isdigit() else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return ApiRequest(path, query, headers, form.decode("utf-8", "replace"))

    def _write(self, reply: ApiReply, now: datetime) -> None:
        own = {"Date": format_datetime(now.replace(microsecond=0), usegmt=True), "Server": "cloudflare"}
        content = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        headers: Mapping[str, str | None] = own | (content if reply.status != 204 else {}) | reply.headers
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Error',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        block = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(block if self.command == "HEAD" else block + reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the request line holds the key."""
