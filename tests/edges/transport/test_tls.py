"""Requests over TLS: authorities, certificates, handshakes."""

import socket
import threading
import time
from pathlib import Path

import pytest

from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError, SiteUnavailable, TransientError
from tests.edges.raw_server import RawServer, Script, answer
from tests.waiting import PATIENCE, SLACK

from .harness import DRIPPING_HEADERS, KEY, SOON, Authority, failure, secure, transport


def test_with_the_right_authority_the_key_arrives_over_tls(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        sender = transport(server.port, **secure(authority))
        assert [sender.get("x", {}).status for _ in range(3)] == [200] * 3
    assert server.connections == 1
    assert all(f"y={KEY} ".encode() in request for request in server.requests)


def test_an_unknown_authority_is_an_error_that_names_the_setting(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        error = failure(SiteUnavailable, server, scheme="https", host="localhost")
    assert "ca_file" in error.hint
    assert (server.connections, server.requests) == (1, [])


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context("elsewhere.test")) as server:
        failure(SiteUnavailable, server, **secure(authority))
    assert (server.connections, server.requests) == (1, [])


def test_plain_http_from_a_server_for_tls_is_refused(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=_send_400, args=(plain,), daemon=True)
        thread.start()
        failure(SiteUnavailable, plain.getsockname()[1], **secure(authority))
        thread.join(PATIENCE)


def _send_400(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_tls_from_a_server_for_plain_http_is_a_transient_error(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        failure(TransientError, server)


@pytest.mark.parametrize("sends", [b"", None], ids=["closes", "sends nothing"])
def test_a_handshake_that_does_not_end_is_a_transient_error(
    authority: Authority, sends: bytes | None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = list[socket.socket]()

        def accept() -> None:
            connection, _ = listener.accept()
            connection.recv(1)
            held.append(connection)
            if sends is not None:
                connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        failure(TransientError, listener.getsockname()[1], **secure(authority, timeout=SOON))
        thread.join(PATIENCE)
        for connection in held:
            connection.close()


def test_a_drip_over_tls_ends_with_the_timeout(authority: Authority) -> None:
    began = time.monotonic()
    with RawServer(DRIPPING_HEADERS, tls=authority.context()) as server:
        failure(TransientError, server, **secure(authority, timeout=SOON))
    assert time.monotonic() - began < SOON + SLACK


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("late", [DRIPPING_HEADERS, (60.0,)], ids=["drip", "silence"])
def test_a_reused_connection_is_watched_again(authority: Authority, late: Script, tls: bool) -> None:
    options = secure(authority) if tls else {}
    with RawServer(answer(), late, tls=authority.context() if tls else None) as server:
        sender = transport(server.port, **{**options, "timeout": SOON})
        sender.get("x", {})
        began = time.monotonic()
        with pytest.raises(TransientError):
            sender.get("x", {})
        assert time.monotonic() - began < SOON + SLACK
    assert server.connections == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_ca_file_is_reported_before_any_request(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match="ca_file"):
        Transport("https://localhost/API", KEY, clock=SystemClock(), ca_file=str(file))
