"""uvicorn in a thread of its own: bound before it runs, patient with nobody, stopped within two seconds."""

import errno
import logging
import socket
from asyncio import CancelledError, TimerHandle, Transport
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncer.core.errors import BindError

MAX_CONNECTIONS = 400  # a process may usually hold 1024 files, and the runs need some
MAX_HEAD_BYTES = 16_384  # bytes of a request's line and headers that may wait for their end
CHUNK_SIZE = 4096  # bytes that are read at once
REQUEST_TIMEOUT, RESPONSE_TIMEOUT = (
    10.0,
    30.0,
)  # seconds until a request has come, and until its answer has gone
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SHUTDOWN_TIMEOUT = 1  # second that a stop waits for answers that are on their way
WHY = {
    errno.EADDRINUSE: "another program uses that port",
    errno.EACCES: "this user may not use that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


class TimeoutProtocol(H11Protocol):
    """A connection that says nothing, or too slowly, is closed: uvicorn itself would wait for ever."""

    _deadline: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio reads 256 kB, and h11 asks no length of a head that is whole: hundreds fill the memory.
        transport.max_size = CHUNK_SIZE  # type: ignore[attr-defined]
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        self._allow(REQUEST_TIMEOUT)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before and not self.cycle.response_complete:
            self._allow(RESPONSE_TIMEOUT)

    def send_400_response(self, msg: str) -> None:
        if len(self.conn.trailing_data[0]) <= MAX_HEAD_BYTES:
            super().send_400_response(msg)
        else:
            self.transport.write(TOO_LONG)
            self.transport.close()

    def on_response_complete(self) -> None:
        self._allow(REQUEST_TIMEOUT)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _allow(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)


class SuppressCancelled(logging.Filter):
    """A stop waits for nobody: that pages were in the making is no news, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        cut_short = record.exc_info is not None and isinstance(record.exc_info[1], CancelledError)
        return not cut_short and not record.getMessage().startswith("Cancel ")


class PageServer:
    """Serves while its `with` block runs. Port 0: any that is free. Raises BindError when made."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{url_host(host)}:{self.port}/"
        self._server = uvicorn.Server(_settings(app))
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="pages", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ask_to_stop()
        self._thread.join(SHUTDOWN_TIMEOUT + 2)
        self._socket.close()

    def ask_to_stop(self) -> None:
        """Returns at once. Safe from a signal handler."""
        self._server.should_exit = True

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()


logging.getLogger("uvicorn.error").addFilter(SuppressCancelled())


def _settings(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=TimeoutProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )


def bind(host: str, port: int) -> socket.socket:
    """Listening: whoever asks from now on waits for the answer."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        why = WHY.get(error.errno or 0, error.strerror or "it cannot be used")
        raise BindError(f"the pages cannot be served at {url_host(host)}:{port}: {why}") from None
    made.set_inheritable(False)
    return made


def url_host(host: str) -> str:
    """As it stands in an address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
