"""Clients that are slow, silent or too many: they are disconnected, and delay no one."""

import asyncio
import http.client
import itertools
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Semaphore

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from syncer.core.clock import SystemClock
from syncer.core.monitoring.health import HealthReport
from syncer.core.ratelimit.budget import RateLimits
from syncer.telemetry.metrics import Metrics
from syncer.web.api import monitoring
from syncer.web.app.application import LOCAL
from syncer.web.asgi import request_limit, timeouts
from syncer.web.asgi.request_limit import MONITORING_PATHS
from syncer.web.asgi.server import PageServer
from syncer.web.asgi.threadpool import MAX_CONCURRENT, PAGES
from tests.edges.harness import SyncHarness
from tests.waiting import PATIENCE

from .harness import PageClient, context_of, served
from .raw_client import CLOSE, PLAIN, connect, send_raw


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageClient]:
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('slow') / 'syncer.db'}")
    home.poll()
    with served(context_of(home)) as client:
        yield client
    home.close()


def test_two_hundred_slow_clients_delay_no_request(client: PageClient) -> None:
    beginnings = (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: local", b"POST / HTTP/1.1\r\n")
    with ExitStack() as stack:
        for number in range(200):
            slow = stack.enter_context(closing(connect(client)))
            slow.sendall(beginnings[number % 4])
        for path in ("/", "/data/points", "/static/pages.css"):
            assert client.get(path).status_code == 200


def test_slow_request_is_disconnected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that sends a header now and then; a connection that asks in time is kept."""
    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT", 0.3)
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as client:
        with closing(connect(client)) as silent:
            assert silent.recv(1) == b""
        with closing(connect(client)) as busy, pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_headers_for_ever(busy)
        kept = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=PATIENCE)
        for _ in range(3):
            kept.request("GET", "/data/version")
            assert kept.getresponse().read()
        assert kept.sock is not None
        assert kept.sock.recv(1) == b""  # closed once it is silent
        kept.close()
    home.close()


def send_headers_for_ever(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n")
    for number in itertools.count():
        SystemClock().wait(0.02)
        connection.sendall(f"X{number}: y\r\n".encode())


@pytest.mark.parametrize(
    ("request_timeout", "response_timeout", "complete"), [(0.2, 20.0, True), (20.0, 0.2, False)]
)
def test_response_has_its_own_timeout(
    monkeypatch: pytest.MonkeyPatch, request_timeout: float, response_timeout: float, complete: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            await asyncio.sleep(0.06)
            yield b"a piece, "
        yield b"the end"

    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT", request_timeout)
    monkeypatch.setattr(timeouts, "RESPONSE_TIMEOUT", response_timeout)
    app = Starlette(routes=[Route("/", lambda _: StreamingResponse(pieces()))])
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        client = PageClient(server, session)
        answer = send_raw(client, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"a piece" in answer
    assert (b"the end" in answer) is complete


def test_one_connection_too_many_closes_the_longest_waiting_one(
    client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "MAX_CONNECTIONS", 5)
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(connect(client))) for _ in range(12)]
        for closed in connections[:7]:
            closed.settimeout(timeouts.REQUEST_TIMEOUT / 2)
            assert is_closed(closed)
        connections[-1].sendall(CLOSE + b"\r\n")
        assert connections[-1].recv(15) == b"HTTP/1.1 200 OK"


def is_closed(connection: socket.socket) -> bool:
    """Wait until the server closes the connection, in order or, where it left bytes unread, by a reset."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_silent_connection_is_closed_before_an_answered_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(timeouts, "TIME_FOR_REQUEST", 0.0)
    inside = Semaphore(0)

    async def hang(_: Request) -> Response:
        inside.release()
        await asyncio.Event().wait()
        return Response()

    app = Starlette(routes=[Route("/", hang)])
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session, ExitStack() as stack:
        client = PageClient(server, session)

        def open_one(request: bytes) -> socket.socket:
            opened = stack.enter_context(closing(connect(client)))
            opened.sendall(request)
            assert request != PLAIN or inside.acquire(timeout=PATIENCE)
            return opened

        answered, silent = open_one(PLAIN), open_one(b"GET / HT")
        other = open_one(PLAIN)
        assert is_closed(silent)
        monkeypatch.undo()
        monkeypatch.setattr(timeouts, "MAX_CONNECTIONS", 2)
        open_one(PLAIN)  # all others are answered
        assert is_closed(answered)
        other.settimeout(0.05)
        with pytest.raises(TimeoutError):
            other.recv(1)


def test_long_head_is_never_parsed() -> None:
    """Whether it arrives whole or after another request: hundreds of them would fill the memory."""
    scopes = list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope["type"])
        await Response()(scope, receive, send)

    mounted = Starlette(routes=[Mount("/", app)])
    with PageServer(mounted, "127.0.0.1", 0) as server, requests.Session() as session:
        client = PageClient(server, session)
        head = PLAIN.removesuffix(b"\r\n") + b"X: y\r\n" * 10_000 + b"\r\n"
        for first in (b"", PLAIN):
            with closing(connect(client)) as connection, suppress(ConnectionError):
                connection.sendall(first + head)
                answers = b"".join(iter(lambda: connection.recv(65536), b""))
                assert answers.endswith(timeouts.TOO_LONG), answers
        assert scopes == ["http"]
        client.get("/")
    assert scopes == ["http", "http"]


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[PageClient, Semaphore]]:
    """A server whose pages hang, and what counts those that do."""
    home, over, inside = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}"), Event(), Semaphore(0)
    home.poll()

    def hang() -> datetime:
        inside.release()
        assert over.wait(PATIENCE)
        return home.clock.now()

    def read_health() -> HealthReport:
        return HealthReport(home.clock.now(), (), home.queries.storage.size(), {}, RateLimits())

    monitored = monitoring.routes(read_health, Metrics([], read_health))
    with served(context_of(home), LOCAL, monitored, now=hang) as client:
        yield client, inside
        over.set()
    home.close()


def test_monitoring_and_files_are_answered_while_all_pages_hang(
    hanging: tuple[PageClient, Semaphore],
) -> None:
    client, inside = hanging
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(closing(connect(client))).sendall(PLAIN)
        assert all(inside.acquire(timeout=PATIENCE) for _ in range(MAX_CONCURRENT[PAGES]))
        assert [client.get(path).status_code for path in MONITORING_PATHS] == [200] * 3
        assert [client.get(path).status_code for path in ("/static/pages.css", "/nowhere")] == [200, 404]
        assert not inside.acquire(blocking=False)


def test_monitoring_is_answered_while_four_hundred_slow_connections_hang(
    hanging: tuple[PageClient, Semaphore],
) -> None:
    client, inside = hanging
    beginnings = (b"", b"GET / HTTP/1.1\r\nHost: local", b"POST /API/x HTTP/1.1\r\n", PLAIN)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # both ends are in this process
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for number in range(timeouts.MAX_CONNECTIONS + 50):
            stack.enter_context(closing(connect(client))).sendall(beginnings[number % 4])
        assert inside.acquire(timeout=PATIENCE)
        for path in (*MONITORING_PATHS, *MONITORING_PATHS):
            assert client.get(path, headers={"Connection": "close"}).status_code == 200


def test_pages_are_refused_and_monitoring_answered_while_too_many_requests_wait(
    hanging: tuple[PageClient, Semaphore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limit, "MAX_WAITING", 2)
    client, inside = hanging
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(closing(connect(client))).sendall(PLAIN)
            assert inside.acquire(timeout=PATIENCE)
        refused = client.get("/")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        assert [client.get(path).status_code for path in MONITORING_PATHS] == [200] * 3
        monkeypatch.setattr(request_limit, "MAX_MONITORING", 0)
        assert client.get("/metrics").status_code == 503
