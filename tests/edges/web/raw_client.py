"""Raw connections to the page server, for requests that no HTTP library sends."""

import socket
from contextlib import closing

from tests.waiting import PATIENCE

from .harness import PageClient

PLAIN = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


def connect(client: PageClient) -> socket.socket:
    return socket.create_connection(("127.0.0.1", client.server.port), timeout=PATIENCE)


def send_raw(client: PageClient, request: bytes) -> bytes:
    """Send bytes and return everything until the server closes the connection."""
    with closing(connect(client)) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))
