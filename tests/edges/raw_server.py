"""A server on a raw socket that plays a script for each request, valid HTTP or not."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import TypeAlias

from tests.waiting import PATIENCE


class End(Enum):
    KEEP = "stay open for the next request"
    RESET = "reset the connection"


Step: TypeAlias = bytes | float | End  # bytes are sent, seconds are waited
Script: TypeAlias = Iterable[Step]

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(
    body: bytes | str = b"{}", status: str = "200 OK", *headers: str, kind: str = ""
) -> tuple[Step, ...]:
    """Return a complete, framed answer that keeps the connection open. `kind`: its Content-Type."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"Content-Type: {kind or 'application/json'}", f"Content-Length: {len(body)}", *headers]
    return (
        f"HTTP/1.1 {status}\r\n".encode() + "".join(f"{x}\r\n" for x in lines).encode() + b"\r\n" + body,
        End.KEEP,
    )


def drip(data: bytes, pause: float) -> tuple[Step, ...]:
    """Return the bytes one by one, with a pause after each."""
    return tuple(step for n in range(len(data)) for step in (data[n : n + 1], pause))


class RawServer:
    """Plays the next script for each request, and the last one for all later ones; without any it is silent.

    `requests`: the head of each. `connections`: the number of accepted ones.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = list(scripts), tls
        self._closing, self._connections = threading.Event(), list[socket.socket]()
        self.requests, self.connections = list[bytes](), 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._connections.append(connection)
            with connection:
                while head := read_head(connection):
                    self.requests.append(head)
                    if not self._play(connection):
                        return

    def _play(self, connection: socket.socket) -> bool:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else (*self._scripts, (600.0,))[0]
        for step in script:
            if step is End.KEEP:
                return True
            if step is End.RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float) and self._closing.wait(step):
                return False
        return False

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_head(connection: socket.socket) -> bytes:
    """Return the bytes up to the empty line; none where the other side closed."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (more := connection.recv(1)):
            return b""
        head += more
    return head
