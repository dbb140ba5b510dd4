"""Where the page server listens, and the address that it prints."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from syncer.core.errors import BindError
from syncer.web.asgi import listen
from syncer.web.asgi.listen import bind, port_of, url_host
from syncer.web.asgi.server import PageServer
from tests.waiting import PATIENCE

from .raw_client import CLOSE

HAS_IPV6 = socket.has_dualstack_ipv6()
needs_ipv6 = pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
APP = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])


@contextmanager
def bound(host: str, port: int = 0) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(one)) for one in bind(host, port)]


def answer_at(address: str, port: int) -> bytes:
    with closing(socket.create_connection((address, port), timeout=PATIENCE)) as connection:
        connection.sendall(CLOSE + b"\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", ["127.0.0.1"]),
        pytest.param("::1", ["::1"], marks=needs_ipv6),
        pytest.param("::", ["127.0.0.1", "::1"], marks=needs_ipv6),
        pytest.param("0::0", ["127.0.0.1", "::1"], marks=needs_ipv6),
        pytest.param("localhost", ["127.0.0.1", "::1"], marks=needs_ipv6),
    ],
)
def test_every_address_of_the_host_answers_and_so_does_the_printed_one(
    host: str, addresses: list[str]
) -> None:
    with PageServer(APP, host, 0) as server:
        printed = server.address.removeprefix("http://").rstrip("/").rpartition(":")[0].strip("[]")
        for address in [*addresses, printed]:
            assert answer_at(address, server.port).endswith(b"here"), address
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, server.port))


@needs_ipv6
def test_an_address_that_this_machine_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # TEST-NET-1, which no machine has, takes the place of ::1 where IPv6 is switched off.
    monkeypatch.setattr(listen, "LOOPBACK_HOSTS", ("localhost", "127.0.0.1", "192.0.2.1"))
    with bound("localhost") as found:
        assert [one.getsockname()[0] for one in found] == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_used_port_is_reported_in_one_sentence(address: str) -> None:
    with bound(address) as taken:
        port = port_of(taken[0])
        for host in (address, "localhost"):  # at the other address a foreign program would answer
            with pytest.raises(BindError) as raised:
                PageServer(APP, host, port)
            expected = (
                f"the pages cannot be served at {url_host(host)}:{port}: another program uses that port"
            )
            assert raised.value.message == expected
            assert raised.value.exit_code == 69
            assert "--port" in raised.value.hint
    with bound("localhost", port):  # nothing stays open
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b"])
def test_foreign_address_is_reported(host: str) -> None:
    with pytest.raises(BindError, match=host):
        bind(host, 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("nas", "nas")],
)
def test_url_has_a_host_that_a_browser_can_open(host: str, expected: str) -> None:
    assert url_host(host) == expected
