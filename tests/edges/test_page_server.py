"""The server of the pages among rude clients: slow ones, floods, foreign names, other methods."""

import asyncio
import http.client
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from syncer.core.clock import SystemClock
from syncer.core.errors import BindError
from syncer.core.monitoring.health import HealthReport
from syncer.core.ratelimit.budget import RateLimits
from syncer.web.api import monitoring
from syncer.web.app.application import create_app
from syncer.web.asgi import timeouts
from syncer.web.asgi.server import PageServer, bind, url_host
from syncer.web.asgi.threadpool import MAX_CONCURRENT
from syncer.web.routes import routes

from .harness import SyncHarness
from .html import Browser, context_of, served

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PLAIN = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('rude') / 'syncer.db'}")
    home.poll()
    with served(context_of(home), ["nas.local", "*.example.org"]) as browser:
        yield browser
    home.close()


def raw(browser: Browser, request: bytes) -> bytes:
    """Everything that is answered until the server hangs up."""
    with closing(connected(browser)) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def connected(browser: Browser) -> socket.socket:
    return socket.create_connection(("127.0.0.1", browser.server.port), timeout=20)


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/data/version", "/data/points?from=x", "/static/pages.css"]
)
def test_every_answer_is_guarded(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert "Server" not in headers
    assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/data/points", "/nowhere", "/static/pages.css"])
def test_nothing_can_be_changed(browser: Browser, method: str, path: str) -> None:
    answer = browser.ask(method, path, data=b"x" * 5000)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_the_head_of_a_page_is_its_page_without_it(browser: Browser) -> None:
    answer = browser.ask("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost", 200), ("LOCALHOST:8765", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200)),
        *(("nas.local", 200), ("a.example.org", 200), ("evil.org", 400), ("localhost.evil.org", 400)),
        *(("evilexample.org", 400), ("127.0.0.1@evil.org", 400), ("", 400), ("localhost, evil.org", 400)),
    ],
)
def test_only_those_who_call_us_by_our_names(browser: Browser, host: str, status: int) -> None:
    for path in ("/", "/data/points", "/static/pages.css", "/nowhere"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == (404 if status == 200 and path == "/nowhere" else status)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static/../server.py",
            "/static/%2e%2e/server.py",
            "/static/..%2fserver.py",
            "/static//etc/passwd",
        ),
        *(
            "/static/....//server.py",
            "/static/vendor/../../site.py",
            "/static/%00",
            "//etc/passwd",
            "/static/",
        ),
        *("/static/vendor", "/games/../../x", "/games/%2e%2e%2f", "/games/1/..", "/games/-1", "/games/1.5"),
    ],
)
def test_no_way_leads_out_of_the_folder(browser: Browser, path: str) -> None:
    answer = raw(browser, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"import" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        CLOSE + b"X: y\r\n" * 20_000 + b"\r\n",  # a flood of headers
        CLOSE + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + CLOSE.removeprefix(b"GET /") + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,  # somebody tries TLS
        b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"GET http://evil.org/ HTTP/1.1\r\nHost: evil.org\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        CLOSE.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_nonsense_is_refused_and_harms_nobody(browser: Browser, request_: bytes) -> None:
    try:
        answer = raw(browser, request_)
    except ConnectionError:  # hung up while we were still talking
        answer = b""
    assert not answer or answer.split()[1] in (b"400", b"405", b"431"), answer[:200]
    assert browser.get("/data/version").status_code == 200


def test_two_hundred_slow_clients_keep_nobody_waiting(browser: Browser) -> None:
    with ExitStack() as stack:
        for number in range(200):
            slow = stack.enter_context(closing(connected(browser)))
            slow.sendall(
                (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: local", b"POST / HTTP/1.1\r\n")[number % 4]
            )
        for path in ("/", "/data/points", "/static/pages.css"):
            assert browser.get(path).status_code == 200


def test_who_asks_too_slowly_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However busily it drips."""
    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT", 0.3)
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as browser:
        with closing(connected(browser)) as silent:
            assert silent.recv(1) == b""
        with closing(connected(browser)) as busy, pytest.raises((BrokenPipeError, ConnectionResetError)):
            drip(busy)
        again = http.client.HTTPConnection("127.0.0.1", browser.server.port, timeout=20)
        for _ in range(3):  # whoever asks in time is kept
            again.request("GET", "/data/version")
            assert again.getresponse().read()
        assert again.sock is not None
        assert again.sock.recv(1) == b""  # until it says nothing more
        again.close()
    home.close()


@pytest.mark.parametrize(("to_ask", "to_read", "whole"), [(0.2, 20.0, True), (20.0, 0.2, False)])
def test_an_answer_has_its_own_time(
    monkeypatch: pytest.MonkeyPatch, to_ask: float, to_read: float, whole: bool
) -> None:
    """However long it takes within that; a reader who takes longer is hung up on."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            await asyncio.sleep(0.06)
            yield b"a piece, "
        yield b"the end"

    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT", to_ask)
    monkeypatch.setattr(timeouts, "RESPONSE_TIMEOUT", to_read)
    app = Starlette(routes=[Route("/", lambda _: StreamingResponse(pieces()))])
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        browser = Browser(server, session)
        answer = raw(browser, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"a piece" in answer
    assert (b"the end" in answer) is whole


def drip(connection: socket.socket) -> None:
    """A header at a time, and never the last one."""
    connection.sendall(b"GET / HTTP/1.1\r\n")
    for number in itertools.count():
        SystemClock().wait(0.02)
        connection.sendall(f"X{number}: y\r\n".encode())


def test_too_many_connections_are_closed_at_once(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "MAX_CONNECTIONS", 5)
    with ExitStack() as stack:
        crowd = [stack.enter_context(closing(connected(browser))) for _ in range(12)]
        crowd[-1].settimeout(timeouts.REQUEST_TIMEOUT / 2)
        assert crowd[-1].recv(1) == b""
    monkeypatch.undo()
    assert browser.get("/data/version").status_code == 200


def test_a_server_stops_soon_whoever_is_connected(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with ExitStack() as stack, served(context_of(home)) as browser:
        assert browser.get("/").status_code == 200
        for beginning in (
            b"",
            b"GET / HTTP/1.1\r\nHo",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
        ):
            stack.enter_context(closing(connected(browser))).sendall(beginning)
        port = browser.server.port
    assert not browser.server.is_alive
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    home.close()


def test_a_taken_port_is_told_in_one_sentence() -> None:
    async def app(*_: Any) -> None: ...

    with closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError) as told:
            PageServer(app, "127.0.0.1", port)
    assert (
        told.value.message
        == f"the pages cannot be served at 127.0.0.1:{port}: another program uses that port"
    )
    assert told.value.exit_code == 69
    assert "--port" in told.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(BindError, match=host):
        bind(host, 0)


def test_an_address_is_one_that_a_browser_opens() -> None:
    assert [url_host(host) for host in ("0.0.0.0", "::", "::1", "nas")] == [
        "127.0.0.1",
        "127.0.0.1",
        "[::1]",
        "nas",
    ]


def test_whoever_watches_us_is_answered_while_all_pages_hang(tmp_path: Path) -> None:
    """With their database; and so are files."""
    home, over, inside = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}"), Event(), Semaphore(0)
    context = context_of(home)

    def hang() -> datetime:
        inside.release()
        assert over.wait(20)
        return home.clock.now()

    watched = monitoring.routes(lambda: HealthReport(hang(), (), 0, {}, RateLimits()), None)
    app = create_app(replace(context, now=hang), [*routes(), *watched])
    home.poll()
    with PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session, ExitStack() as stack:
        browser = Browser(server, session)
        for number in range(12):
            waiting = stack.enter_context(closing(connected(browser)))
            waiting.sendall(PLAIN.replace(b"GET /", b"GET /readyz" if number % 3 == 0 else b"GET /"))
        assert all(inside.acquire(timeout=20) for _ in range(MAX_CONCURRENT))
        assert browser.get("/healthz").text == "ok\n"
        assert [browser.get(path).status_code for path in ("/static/pages.css", "/nowhere")] == [200, 404]
        assert not inside.acquire(blocking=False)
        over.set()
    home.close()


def test_a_long_head_is_never_taken_apart() -> None:
    """Though it comes whole, or after another request; hundreds of them would fill the memory."""
    asked = list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["type"])
        await Response()(scope, receive, send)

    made = Starlette(routes=[Mount("/", app)])
    with PageServer(made, "127.0.0.1", 0) as server, requests.Session() as session:
        browser = Browser(server, session)
        head = PLAIN.removesuffix(b"\r\n") + b"X: y\r\n" * 10_000 + b"\r\n"
        for first in (b"", PLAIN):
            with closing(connected(browser)) as connection, suppress(ConnectionError):
                connection.sendall(first + head)
                answers = b"".join(iter(lambda: connection.recv(65536), b""))
                assert answers.endswith(timeouts.TOO_LONG), answers
        assert asked == ["http"]
        browser.get("/")
    assert asked == ["http", "http"]


def test_two_lengths_are_refused_and_what_follows_is_not_read(browser: Browser) -> None:
    head = PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
    answer = raw(browser, head + b"0\r\n\r\n" + PLAIN)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_stop_amid_pages_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    inside, over = Event(), asyncio.Event()

    async def hang(_: Request) -> Response:
        inside.set()
        await over.wait()
        return Response()

    app = Starlette(routes=[Route("/", hang)])
    with ExitStack() as stack, PageServer(app, "127.0.0.1", 0) as server, requests.Session() as session:
        stack.enter_context(closing(connected(Browser(server, session)))).sendall(PLAIN)
        assert inside.wait(20)
    assert not server.is_alive
    assert not caplog.records


@pytest.mark.parametrize(
    ("wish", "packed"),
    [
        *(("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0.01, *;q=0", True)),
        *(("gzip;q=0", False), ("br, GZIP ; q=0.000, identity", False), ("", False), ("br", False)),
    ],
)
def test_answers_are_packed_for_those_who_take_it(browser: Browser, wish: str, packed: bool) -> None:
    answer = browser.get("/static/pages.css", headers={"Accept-Encoding": wish})
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_many_small_headers_are_as_heavy_as_few_long_ones(browser: Browser) -> None:
    """A thousand of them hold a hundred times the memory of their text."""
    answer = raw(browser, PLAIN.removesuffix(b"\r\n") + b"a:b\r\n" * 1000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert browser.get("/data/version", headers={f"X-{n}": "y" for n in range(100)}).status_code == 200
