"""Requests through a proxy: the site gets the key, the proxy does not."""

import socket
import threading
import traceback
from contextlib import suppress

from syncer.core.errors import SiteUnavailable
from tests.edges.raw_server import RawServer, answer, read_head

from .harness import KEY, Authority, failure, secure, transport


class ConnectProxy:
    """Connects one client, as CONNECT asks, and passes bytes on. `heads`: what it was asked."""

    def __init__(self, refusal: bytes = b"") -> None:
        self.heads, self._refusal = list[bytes](), refusal
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            self.heads.append(read_head(connection))
            if self._refusal:
                connection.sendall(self._refusal)
                connection.close()
                return
            host, port = self.heads[0].split()[1].decode().rsplit(":", 1)
            beyond = socket.create_connection((host, int(port)))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pass_on, args=(connection, beyond), daemon=True).start()
            _pass_on(beyond, connection)

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
        sender = transport(server.port, **secure(authority, proxy=url))
        assert [sender.get("x", {}).status for _ in range(2)] == [200, 200]
    assert all(f"y={KEY} ".encode() in request for request in server.requests)
    assert len(proxy.heads) == 1
    assert proxy.heads[0].startswith(f"CONNECT localhost:{server.port} ".encode())
    assert KEY.encode() not in proxy.heads[0]
    assert b"Proxy-Authorization" not in server.requests[0]


def test_a_proxy_that_refuses_is_an_error_that_names_the_setting(authority: Authority) -> None:
    with ConnectProxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        url = f"http://me:secret@127.0.0.1:{proxy.port}"
        error = failure(SiteUnavailable, 1, **secure(authority, proxy=url))
    assert "proxy" in error.hint
    assert "secret" not in "".join(traceback.format_exception(error))


def test_an_absent_proxy_is_an_error_that_names_the_setting(authority: Authority) -> None:
    error = failure(SiteUnavailable, 1, **secure(authority, proxy="http://127.0.0.1:1"))
    assert "proxy" in error.hint
