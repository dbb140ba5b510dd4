"""A transport to a scripted server, and the checks that each failure must pass."""

import socket
import ssl
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from syncer.api.transport import RawResponse, Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import SyncerError
from tests.edges.raw_server import JSON_HEAD, RawServer, Script, drip
from tests.waiting import PATIENCE, wait_until

KEY = "canary0000111122223333444455556a"
SOON = 0.4  # seconds: the timeout of those attempts that are meant to run into it
HEADERS = JSON_HEAD + b"Content-Length: 500\r\n\r\n"
DRIPPING_HEADERS = drip(JSON_HEAD + b"X: " + b"y" * 600, 0.05)  # for longer than SLACK


def transport(port: int, *, scheme: str = "http", host: str = "127.0.0.1", **options: Any) -> Transport:
    return Transport(
        f"{scheme}://{host}:{port}/API", KEY, **{"clock": SystemClock(), "timeout": 5.0, **options}
    )


def get(server: RawServer, **options: Any) -> RawResponse:
    return transport(server.port, **options).get("API_X.php", {"u": "Max", "i": "1,2,3"})


def failure(kind: type[SyncerError], server: RawServer | int, **options: Any) -> SyncerError:
    """The error of exactly this kind; the key must be nowhere in it, nor in any error behind it."""
    port = server if isinstance(server, int) else server.port
    sender = transport(port, **options)
    with pytest.raises(SyncerError) as caught:
        sender.get("API_X.php", {"i": "1"})
    assert type(caught.value) is kind
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(sender)
    assert KEY not in shown
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "a chain leads to an error of the library"
    return caught.value


def failed(kind: type[SyncerError], script: Script, **options: Any) -> SyncerError:
    with RawServer(script) as server:
        error = failure(kind, server, **options)
        wait_until(lambda: server.requests)  # the server may be slower than the timeout of the client
        assert len(server.requests) == 1, "a transport makes one attempt"
        return error


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


def secure(authority: Authority, **options: Any) -> dict[str, Any]:
    return {"scheme": "https", "host": "localhost", "ca_file": authority.file, **options}


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


def run_in_own_process(program: str, port: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(port)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout
