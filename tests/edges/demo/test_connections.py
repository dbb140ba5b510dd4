"""Connections to the demo server: kept open, over TLS, closed at the end; and nothing is printed."""

import ssl
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
import trustme

from syncer.demo.world import World
from tests.faulty_site import FaultyServer
from tests.waiting import PATIENCE

from .demo_requests import KEY, connect, read_raw, request
from .hand_clock import HandClock


def test_the_date_header_follows_the_given_clock(server: FaultyServer, clock: HandClock) -> None:
    clock.move(3600)
    assert parsedate_to_datetime(request(server).headers["Date"]) == clock.now()


def test_a_request_line_beyond_8192_bytes_is_refused_by_the_proxy(server: FaultyServer) -> None:
    answer = request(server, f"y={KEY}&u=MaxMilyin&i=" + ",".join(["12345"] * 1400))
    assert answer.status_code == 414
    assert "html" in answer.headers["Content-Type"]


def test_one_connection_carries_many_requests(server: FaultyServer) -> None:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{server.base_url}/API_GetUserProgress.php?y={KEY}&u=MaxMilyin&i=1"
        ports: set[object] = set()
        for _ in range(3):
            with session.get(url, timeout=PATIENCE, stream=True) as answer:
                connection: Any = answer.raw.connection
                ports.add(connection.sock.getsockname())
                assert answer.json()
    assert len(ports) == 1


def test_https_works_with_a_private_certificate_authority(
    world: World, clock: HandClock, tmp_path: Any
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with FaultyServer(world, clock, ssl_context=context) as server:
        assert server.base_url.startswith("https://")
        assert read_raw(server, timeout=1)[:5] != b"HTTP/"  # plain HTTP fails, and blocks no other client
        assert request(server, verify=str(tmp_path / "ca.pem")).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            request(server)


def test_closing_ends_idle_connections_and_frees_the_port(world: World, clock: HandClock) -> None:
    server = FaultyServer(world, clock)
    with server:
        idle = connect(server)
        idle.sendall(b"GET /API/x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 401")
    with idle:
        assert idle.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(server)
    server.close()


def test_nothing_is_printed(server: FaultyServer, capfd: pytest.CaptureFixture[str]) -> None:
    for name in (None, "closed", "reset", "short_body", "long_header"):
        server.fault = name
        read_raw(server)
    read_raw(server, ids="x" * 70_000)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
