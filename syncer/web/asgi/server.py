"""uvicorn in its own thread: bound before it runs, with deadlines for clients, stopped within two seconds."""

import logging
from asyncio import CancelledError
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from .listen import bind, port_of, url_host
from .timeouts import MAX_HEAD_BYTES, TimeoutProtocol

SHUTDOWN_TIMEOUT = 1  # second for responses that are being sent


class SuppressCancelled(logging.Filter):
    """Drops uvicorn's messages about requests that a stop interrupts: they are expected."""

    def filter(self, record: logging.LogRecord) -> bool:
        interrupted = record.exc_info is not None and isinstance(record.exc_info[1], CancelledError)
        return not interrupted and not record.getMessage().startswith("Cancel ")


logging.getLogger("uvicorn.error").addFilter(SuppressCancelled())


class PageServer:
    """Serves while its `with` block runs. Port 0: any free port. Raises BindError when created."""

    def __init__(self, app: ASGIApp, host: str, port: int, base_path: str = "") -> None:
        self._sockets = bind(host, port)
        self.port = port_of(self._sockets[0])
        self.address = f"http://{url_host(host)}:{self.port}{base_path}/"
        self._server = uvicorn.Server(_settings(app))
        self._thread = Thread(target=self._server.run, args=(self._sockets,), name="pages", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ask_to_stop()
        self._thread.join(SHUTDOWN_TIMEOUT + 2)
        for listening in self._sockets:
            listening.close()

    def ask_to_stop(self) -> None:
        """Request a stop and return at once. Safe in a signal handler."""
        self._server.should_exit = True

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()


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
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )
