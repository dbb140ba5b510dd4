"""The page server: its address, its stop, and the private names of uvicorn that it needs."""

import asyncio
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from syncer.web.asgi.server import PageServer
from syncer.web.asgi.timeouts import require_private_api
from tests.edges.harness import SyncHarness
from tests.waiting import PATIENCE

from .harness import PageClient, context_of, served
from .raw_client import PLAIN, connect


def test_server_stops_soon_with_open_connections(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with ExitStack() as stack, served(context_of(home)) as client:
        assert client.get("/").status_code == 200
        for beginning in (
            b"",
            b"GET / HTTP/1.1\r\nHo",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
        ):
            stack.enter_context(closing(connect(client))).sendall(beginning)
        port = client.server.port
    assert not client.server.is_alive
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    home.close()


def test_stop_during_a_request_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    inside, over = Event(), asyncio.Event()

    async def hang(_: Request) -> Response:
        inside.set()
        await over.wait()
        return Response()

    app = Starlette(routes=[Route("/", hang)])
    with ExitStack() as stack, PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        stack.enter_context(closing(connect(PageClient(server, session)))).sendall(PLAIN)
        assert inside.wait(PATIENCE)
    assert not server.is_alive
    assert not caplog.records


class Transport:
    max_size = 0


class ProtocolWithoutCycle:
    """A later protocol class that names one attribute differently and lost one method."""

    def __init__(self) -> None:
        self.conn = self.connections = self.loop = self.transport = None

    connection_made = data_received = connection_lost = on_response_complete = None


def test_missing_private_name_of_uvicorn_is_an_import_error() -> None:
    require_private_api(H11Protocol, RequestResponseCycle, Transport)
    with pytest.raises(ImportError, match=r"no ProtocolWithoutCycle\.send_400_response, .*\.cycle$"):
        require_private_api(ProtocolWithoutCycle, RequestResponseCycle, Transport)
    with pytest.raises(ImportError, match=r"object\.response_complete, object\.max_size$"):
        require_private_api(H11Protocol, object, object)
