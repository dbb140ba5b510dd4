"""A server on a raw socket: for each request it plays a script, whatever HTTP may think of it."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import TypeAlias


class End(Enum):
    KEEP = "stay open for the next request"
    RESET = "tear the connection down"


Step: TypeAlias = bytes | float | End  # bytes are sent, seconds are waited
Script: TypeAlias = Iterable[Step]

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(
    body: bytes | str = b"{}", status: str = "200 OK", *headers: str, kind: str = ""
) -> tuple[Step, ...]:
    """One whole, well-framed answer that keeps the connection open. `kind`: its Content-Type."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"Content-Type: {kind or 'application/json'}", f"Content-Length: {len(body)}", *headers]
    return (
        f"HTTP/1.1 {status}\r\n".encode() + "".join(f"{x}\r\n" for x in lines).encode() + b"\r\n" + body,
        End.KEEP,
    )


def drip(data: bytes, pause: float) -> tuple[Step, ...]:
    """One byte, then a pause, again and again."""
    return tuple(step for n in range(len(data)) for step in (data[n : n + 1], pause))


class RawServer:
    """Plays the next script for each request; the last one again and again. Without any: says nothing.

    `requests`: the head of each. `connections`: how many were accepted, in all.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = list(scripts), tls
        self._over, self._lines = threading.Event(), list[socket.socket]()
        self.requests, self.connections = list[bytes](), 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.connections += 1
                self._lines.append(line)
                thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            line.settimeout(10)
            if self._tls:
                line = self._tls.wrap_socket(line, server_side=True)
                self._lines.append(line)
            with line:
                while head := read_head(line):
                    self.requests.append(head)
                    if not self._play(line):
                        return

    def _play(self, line: socket.socket) -> bool:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else (*self._scripts, (600.0,))[0]
        for step in script:
            if step is End.KEEP:
                return True
            if step is End.RESET:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif isinstance(step, bytes):
                line.sendall(step)
            elif isinstance(step, float) and self._over.wait(step):
                return False
        return False

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_head(line: socket.socket) -> bytes:
    """All up to the empty line; nothing where the other side hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (more := line.recv(1)):
            return b""
        head += more
    return head
