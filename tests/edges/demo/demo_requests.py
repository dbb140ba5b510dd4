"""Requests to the demo server, by requests and over a bare socket."""

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import requests

from syncer.demo.server import DemoServer
from tests.waiting import PATIENCE

KEY = "canary0000111122223333444455556a"


def request(
    server: DemoServer, query: str = f"y={KEY}&u=MaxMilyin&i=1,2", name: str = "GetUserProgress", **more: Any
) -> requests.Response:
    url = f"{server.base_url}/API_{name}.php?{query}"
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            more.pop("method", "GET"), url, timeout=PATIENCE, allow_redirects=False, **more
        )


def request_profile(server: DemoServer, u: str = "MaxMilyin") -> requests.Response:
    return request(server, f"y={KEY}&u={u}", "GetUserProfile")


def connect(server: DemoServer, timeout: float = PATIENCE) -> socket.socket:
    address = urlsplit(server.base_url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=timeout)


def read_raw(
    server: DemoServer, timeout: float = PATIENCE, ids: str = "1,2", max_bytes: int = 10_000_000
) -> bytes:
    """Return what the server sends until it closes, `timeout` seconds are over, or there is too much."""
    headers = "Host: x\r\nConnection: close\r\n\r\n"
    line = f"GET /API/API_GetUserProgress.php?y={KEY}&u=MaxMilyin&i={ids} HTTP/1.1\r\n{headers}"
    end, received = time.monotonic() + timeout, b""
    with connect(server, timeout) as connection:
        connection.sendall(line.encode())
        try:
            while time.monotonic() < end and len(received) < max_bytes:
                connection.settimeout(max(0.01, end - time.monotonic()))
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return received
