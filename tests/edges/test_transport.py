"""One attempt over real sockets, against everything that can go wrong on the wire."""

import gzip
import itertools
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from syncer.api.transport import RawResponse, Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    BatchError,
    Cancelled,
    ConfigError,
    SiteUnavailable,
    SyncerError,
    TransientError,
)

from .raw_server import JSON_HEAD, End, RawServer, Script, answer, drip, read_head

KEY = "canary0000111122223333444455556a"
SOON = 0.4  # seconds: the timeout of those attempts that are meant to run into it


@pytest.fixture(autouse=True)
def _the_key_is_in_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    logged = [f"{r.getMessage()} {r.__dict__}" for r in caplog.get_records("call")]
    assert KEY not in caplog.text + "".join(logged) + "".join(capfd.readouterr())


def transport(port: int, *, scheme: str = "http", host: str = "127.0.0.1", **options: Any) -> Transport:
    return Transport(
        f"{scheme}://{host}:{port}/API", KEY, **{"clock": SystemClock(), "timeout": 5.0, **options}
    )


def get(server: RawServer, **options: Any) -> RawResponse:
    return transport(server.port, **options).get("API_X.php", {"u": "Max", "i": "1,2,3"})


def failure(kind: type[SyncerError], server: RawServer | int, **options: Any) -> SyncerError:
    """The error of exactly this kind; the key must be nowhere in it, nor in any error behind it."""
    port = server if isinstance(server, int) else server.port
    asked = transport(port, **options)
    with pytest.raises(SyncerError) as caught:
        asked.get("API_X.php", {"i": "1"})
    assert type(caught.value) is kind
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(asked)
    assert KEY not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "a chain leads to an error of the library"
    return caught.value


def failed(kind: type[SyncerError], script: Script, **options: Any) -> SyncerError:
    with RawServer(script) as server:
        error = failure(kind, server, **options)
        assert len(server.requests) == 1, "a transport makes one attempt"
        return error


# What a good answer looks like


def test_the_question_is_the_documented_one_and_the_key_comes_last() -> None:
    with RawServer(answer('{"1":2}')) as server:
        reply = get(server)
    line, *headers = server.requests[0].decode().split("\r\n")
    assert line == f"GET /API/API_X.php?u=Max&i=1,2,3&y={KEY} HTTP/1.1"
    assert "Accept: application/json" in headers
    assert "Accept-Encoding: gzip" in headers
    assert any(h.startswith("User-Agent: ra-syncer/") for h in headers)
    assert (reply.status, reply.body, reply.complete) == (200, b'{"1":2}', True)
    assert reply.headers["content-TYPE"] == "application/json"


def test_gzip_and_chunks_are_undone() -> None:
    body = gzip.compress(b'{"1":2}')
    head = JSON_HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with RawServer(
        (head + b"5\r\n" + body[:5] + b"\r\n%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n",)
    ) as server:
        assert get(server).body == b'{"1":2}'


def test_one_connection_serves_many_questions() -> None:
    with RawServer(answer()) as server:
        asked = transport(server.port)
        for _ in range(5):
            asked.get("x", {})
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_that_died_while_idle_is_replaced_unnoticed() -> None:
    with RawServer((answer()[0],)) as server:  # answers, then hangs up
        asked = transport(server.port)
        asked.get("x", {})
        time.sleep(0.1)
        asked.get("x", {})
    assert server.connections == 2


def test_a_connection_that_dies_under_the_question_is_a_hiccup_and_the_next_one_is_fresh() -> None:
    with RawServer(answer(), (End.RESET,), answer()) as server:
        asked = transport(server.port)
        asked.get("x", {})
        with pytest.raises(TransientError):
            asked.get("x", {})
        assert asked.get("x", {}).status == 200
    assert server.connections == 2


def test_threads_that_share_one_transport_ask_one_after_the_other() -> None:
    slow = (0.05, *answer())
    with RawServer(slow) as server:
        asked, seen = transport(server.port), list[int]()
        threads = [threading.Thread(target=lambda: seen.append(asked.get("x", {}).status)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
    assert (seen, server.connections) == ([200] * 5, 1)


def test_an_answer_without_a_length_is_not_known_to_be_complete() -> None:
    with RawServer((JSON_HEAD + b"\r\n{}",)) as server:
        reply = get(server)
    assert (reply.body, reply.complete) == (b"{}", False)


def test_a_cut_inside_the_headers_is_an_empty_answer_that_is_not_complete() -> None:
    with RawServer((b"HTTP/1.1 200 OK\r\nContent-Ty",)) as server:
        reply = get(server)
    assert (reply.body, reply.complete) == (b"", False)


# What is cut, garbled, or late


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((), id="closed before the status line"),
        pytest.param((End.RESET,), id="reset"),
        pytest.param((b"SSH-2.0-OpenSSH\r\n",), id="garbage for a status line"),
        pytest.param((JSON_HEAD + b"Content-Length: 99\r\n\r\n{}",), id="short body"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{}",), id="cut chunk"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",), id="no last chunk"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",), id="no chunk at all"),
        pytest.param((JSON_HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",), id="two lengths"),
        pytest.param((JSON_HEAD + b"X: y\r\n" * 150 + b"\r\n",), id="more than 100 headers"),
        pytest.param((JSON_HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",), id="a header of 70 kB"),
        pytest.param(
            (JSON_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",), id="broken gzip"
        ),
    ],
)
def test_a_broken_answer_is_a_hiccup(script: Script) -> None:
    failed(TransientError, script)


HEADERS = JSON_HEAD + b"Content-Length: 500\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((60.0,), id="silence"),
        pytest.param(drip(HEADERS, 0.05), id="a drip of headers"),
        pytest.param((HEADERS, *drip(b"x" * 500, 0.05)), id="a drip of body"),
        pytest.param((HEADERS + b"{", 60.0), id="a body that stops"),
        pytest.param((JSON_HEAD + b"\r\n{}", 60.0), id="whole, but nothing says that it is"),
    ],
)
def test_the_whole_request_ends_with_its_timeout_and_never_as_an_answer(script: Script) -> None:
    began = time.monotonic()
    failed(TransientError, script, timeout=SOON)
    assert SOON * 0.9 < time.monotonic() - began < SOON + 1


def test_after_a_timeout_the_same_transport_asks_again() -> None:
    with RawServer((60.0,), answer()) as server:
        asked = transport(server.port, timeout=SOON)
        with pytest.raises(TransientError):
            asked.get("x", {})
        assert asked.get("x", {}).status == 200


def test_no_timer_and_no_socket_of_ours_stays_behind() -> None:
    with RawServer((JSON_HEAD + b"Content-Length: 9\r\n\r\n{}",)) as server:
        asked = transport(server.port)
        before = open_files()
        for _ in range(20):
            with suppress(TransientError):
                asked.get("x", {})
        assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
        time.sleep(0.1)  # the server closes its side
        assert open_files() <= before + 3


def test_closing_it_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = transport(listener.getsockname()[1])
        thread = threading.Thread(target=lambda: asked.get("x", {}), daemon=True)
        thread.start()
        line, _ = listener.accept()
        with line:
            read_head(line)
            line.sendall(b"".join(step for step in answer() if isinstance(step, bytes)))
            thread.join(5)
            asked.close()
            line.settimeout(2)
            assert line.recv(1) == b""


def open_files() -> int:
    known = Path("/proc/self/fd")
    return len(list(known.iterdir())) if known.exists() else 0


# What is too large


def test_an_endless_body_is_given_up_at_the_cap_and_its_connection_is_closed() -> None:
    endless = itertools.chain((JSON_HEAD + b"\r\n",), itertools.repeat(b"x" * 65536))
    with RawServer(endless, answer()) as server:
        asked = transport(server.port, max_bytes=2**20)
        with pytest.raises(BatchError) as caught:
            asked.get("x", {})
        assert not isinstance(caught.value, TransientError)
        assert asked.get("x", {}).status == 200
    assert server.connections == 2


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /elsewhere"])
def test_a_gzip_bomb_does_not_unfold_in_memory(status: bytes) -> None:
    bomb = gzip.compress(bytes(100 * 2**20), 1)
    head = b"HTTP/1.1 %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (status, len(bomb))
    with RawServer((head + bomb,)) as server:
        if sys.platform == "linux":  # elsewhere: only that it is refused
            grown = int(_in_own_process(BOMB, server.port))
            assert grown < 30_000, "kB of memory"
        else:
            failure(BatchError, server)


BOMB = """
import sys
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import BatchError
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
asked = Transport(f"http://127.0.0.1:{sys.argv[1]}", "k" * 32, clock=SystemClock())
before = peak()
try:
    asked.get("x", {})
except BatchError:
    print(peak() - before)
"""


def _in_own_process(program: str, port: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(port)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


# Whom we talk to


def test_a_redirect_is_an_answer_like_any_other_and_its_target_hears_nothing() -> None:
    with RawServer(answer()) as target:
        moved = answer("moved", "302 Found", f"Location: http://127.0.0.1:{target.port}/API/API_X.php")
        with RawServer(moved) as server:
            assert get(server).status == 302
        assert target.connections == 0


@pytest.mark.parametrize("target", ["http://[bad", "http://x:99999999/", "\x00", "//", "javascript:alert(1)"])
def test_an_odd_target_of_a_redirect_breaks_nothing(target: str) -> None:
    with RawServer(answer("moved", "302 Found", f"Location: {target}")) as server:
        assert get(server).status == 302


def test_an_odd_header_is_logged_by_the_library_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with RawServer((JSON_HEAD + b"no colon here\r\n\r\n{}",)) as server:
        get(server)
    assert "Failed to parse headers" in caplog.text  # the fixture above looks for the key


def test_the_key_is_taken_out_of_what_the_site_says() -> None:
    with RawServer(answer(f'{{"url":"/API?y={KEY}"}}')) as server:
        assert get(server).body == b'{"url":"/API?y=[key]"}'


def test_a_refused_connection_is_the_sites_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    failure(SiteUnavailable, port)


@pytest.mark.parametrize("host", ["no.invalid", "a" * 70 + ".invalid"])
def test_a_name_that_nobody_has_is_the_sites_failure(host: str) -> None:
    failure(SiteUnavailable, 443, scheme="https", host=host)


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes no more connections: its queue is full."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        try:
            yield hole.getsockname()[1]
        finally:
            for filler in fillers:
                filler.close()


def test_a_connection_that_never_comes_about_is_a_hiccup() -> None:
    began = time.monotonic()
    with black_hole() as port:
        failure(TransientError, port, timeout=SOON)
    assert time.monotonic() - began < SOON + 1


@pytest.mark.parametrize("url", ["http://retroachievements.org/API", "ftp://127.0.0.1/", "127.0.0.1", ""])
def test_the_key_never_travels_in_the_clear_to_another_machine(url: str) -> None:
    with pytest.raises(ConfigError):
        Transport(url, KEY, clock=SystemClock())


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ConfigError):
        Transport("https://localhost/API", "", clock=SystemClock())


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(answer()) as proxy, RawServer(answer()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        get(server)
    assert proxy.connections == 0
    assert b"Authorization" not in server.requests[0]


# TLS


class Authority:
    """A private authority, and a certificate of its for `localhost`."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def context(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name).configure_cert(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def secure(authority: Authority, **options: Any) -> dict[str, Any]:
    return {"scheme": "https", "host": "localhost", "ca_file": authority.file, **options}


def test_with_the_right_authority_the_key_arrives_over_tls(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        asked = transport(server.port, **secure(authority))
        assert [asked.get("x", {}).status for _ in range(3)] == [200] * 3
    assert server.connections == 1
    assert all(f"y={KEY} ".encode() in request for request in server.requests)


def test_an_unknown_authority_is_the_sites_failure_and_names_the_setting(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        error = failure(SiteUnavailable, server, scheme="https", host="localhost")
    assert "ca_file" in error.hint
    assert (server.connections, server.requests) == (1, [])


def test_a_certificate_for_another_name_is_the_sites_failure(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context("elsewhere.test")) as server:
        failure(SiteUnavailable, server, **secure(authority))
    assert (server.connections, server.requests) == (1, [])


def test_plain_http_on_a_port_for_tls_is_the_sites_failure(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=_say_400, args=(plain,), daemon=True)
        thread.start()
        failure(SiteUnavailable, plain.getsockname()[1], **secure(authority))
        thread.join(5)


def _say_400(listener: socket.socket) -> None:
    line, _ = listener.accept()
    with line:
        line.recv(65536)
        line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_tls_on_a_port_for_plain_http_is_a_hiccup(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        failure(TransientError, server)


@pytest.mark.parametrize("says", [b"", None], ids=["hangs up", "says nothing"])
def test_a_handshake_that_does_not_end_is_a_hiccup(authority: Authority, says: bytes | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = list[socket.socket]()

        def accept() -> None:
            line, _ = listener.accept()
            line.recv(1)
            held.append(line)
            if says is not None:
                line.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        failure(TransientError, listener.getsockname()[1], **secure(authority, timeout=SOON))
        thread.join(5)
        for line in held:
            line.close()


def test_over_tls_too_a_drip_ends_with_the_timeout(authority: Authority) -> None:
    began = time.monotonic()
    with RawServer(drip(HEADERS, 0.05), tls=authority.context()) as server:
        failure(TransientError, server, **secure(authority, timeout=SOON))
    assert time.monotonic() - began < SOON + 1


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("late", [drip(HEADERS, 0.05), (60.0,)], ids=["drip", "silence"])
def test_a_connection_that_is_used_again_is_watched_again(
    authority: Authority, late: Script, tls: bool
) -> None:
    options = secure(authority) if tls else {}
    with RawServer(answer(), late, tls=authority.context() if tls else None) as server:
        asked = transport(server.port, **{**options, "timeout": SOON})
        asked.get("x", {})
        began = time.monotonic()
        with pytest.raises(TransientError):
            asked.get("x", {})
        assert time.monotonic() - began < SOON + 1
    assert server.connections == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_told_before_anything_is_asked(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match="ca_file"):
        Transport("https://localhost/API", KEY, clock=SystemClock(), ca_file=str(file))


# Through a proxy


class ConnectProxy:
    """Connects one client, as CONNECT asks, and passes bytes on. `heads`: what it was asked."""

    def __init__(self, refusal: bytes = b"") -> None:
        self.heads, self._refusal = list[bytes](), refusal
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            line, _ = self._listener.accept()
            self.heads.append(read_head(line))
            if self._refusal:
                line.sendall(self._refusal)
                line.close()
                return
            host, port = self.heads[0].split()[1].decode().rsplit(":", 1)
            beyond = socket.create_connection((host, int(port)))
            line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pass_on, args=(line, beyond), daemon=True).start()
            _pass_on(beyond, line)

    def __enter__(self) -> "ConnectProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def test_through_a_proxy_the_key_reaches_the_site_and_not_the_proxy(authority: Authority) -> None:
    with ConnectProxy() as proxy, RawServer(answer(), tls=authority.context()) as server:
        url = f"http://me:secret@127.0.0.1:{proxy.port}"
        asked = transport(server.port, **secure(authority, proxy=url))
        assert [asked.get("x", {}).status for _ in range(2)] == [200, 200]
    assert all(f"y={KEY} ".encode() in request for request in server.requests)
    assert len(proxy.heads) == 1
    assert proxy.heads[0].startswith(f"CONNECT localhost:{server.port} ".encode())
    assert KEY.encode() not in proxy.heads[0]
    assert b"Proxy-Authorization" not in server.requests[0]


def test_a_proxy_that_refuses_is_the_sites_failure_and_names_the_setting(authority: Authority) -> None:
    with ConnectProxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        url = f"http://me:secret@127.0.0.1:{proxy.port}"
        error = failure(SiteUnavailable, 1, **secure(authority, proxy=url))
    assert "proxy" in error.hint
    assert "secret" not in "".join(traceback.format_exception(error))


def test_a_proxy_that_is_not_there_is_the_sites_failure_and_names_the_setting(authority: Authority) -> None:
    error = failure(SiteUnavailable, 1, **secure(authority, proxy="http://127.0.0.1:1"))
    assert "proxy" in error.hint


# A stop


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((60.0,), id="silence"),
        pytest.param(drip(HEADERS, 0.05), id="a drip of headers"),
        pytest.param((HEADERS, 60.0), id="a body that hangs"),
        pytest.param((JSON_HEAD + b"\r\n{}", 60.0), id="whole, but nothing says that it is"),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
def test_a_stop_ends_a_hanging_request_at_once(authority: Authority, script: Script, tls: bool) -> None:
    options = secure(authority) if tls else {}
    with RawServer(script, tls=authority.context() if tls else None) as server:
        _stopped_after(0.3, server.port, **options)


def test_a_stop_ends_a_hanging_connect_at_once() -> None:
    with black_hole() as port:
        _stopped_after(0.3, port)


def _stopped_after(seconds: float, port: int, **options: Any) -> None:
    clock = SystemClock()
    timer = threading.Timer(seconds, clock.stop)
    timer.start()
    began = time.monotonic()
    failure(Cancelled, port, clock=clock, timeout=20.0, **options)
    assert seconds * 0.9 < time.monotonic() - began < seconds + 1
    timer.join()


def test_after_a_stop_nothing_is_asked_any_more() -> None:
    clock = SystemClock()
    with RawServer(answer()) as server:
        asked = transport(server.port, clock=clock)
        clock.stop()
        with pytest.raises(Cancelled):
            asked.get("x", {})
        assert server.connections == 0


def test_a_stop_from_within_the_asking_thread_does_not_lock_up() -> None:
    """As a signal handler does it: between two instructions of the very thread that asks."""
    program = """
import signal, sys
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
clock = SystemClock()
signal.signal(signal.SIGALRM, lambda *_: clock.stop())
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    Transport(f"http://127.0.0.1:{sys.argv[1]}", "k" * 32, clock=clock).get("x", {})
except Cancelled:
    print("stopped")
"""
    with RawServer((60.0,)) as server:
        began = time.monotonic()
        assert _in_own_process(program, server.port) == "stopped\n"
        assert time.monotonic() - began < 5
