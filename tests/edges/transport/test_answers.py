"""Good answers over real sockets, and how connections are used."""

import gzip
import threading
import time

import pytest

from syncer.core.errors import TransientError
from tests.edges.raw_server import JSON_HEAD, End, RawServer, answer
from tests.waiting import PATIENCE

from .harness import KEY, get, transport


def test_the_request_is_the_documented_one_and_the_key_comes_last() -> None:
    with RawServer(answer('{"1":2}')) as server:
        reply = get(server)
    line, *headers = server.requests[0].decode().split("\r\n")
    assert line == f"GET /API/API_X.php?u=Max&i=1,2,3&y={KEY} HTTP/1.1"
    assert "Accept: application/json" in headers
    assert "Accept-Encoding: gzip" in headers
    assert any(h.startswith("User-Agent: ra-syncer/") for h in headers)
    assert (reply.status, reply.body, reply.complete) == (200, b'{"1":2}', True)
    assert reply.headers["content-TYPE"] == "application/json"


def test_gzip_and_chunks_are_decoded() -> None:
    body = gzip.compress(b'{"1":2}')
    head = JSON_HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with RawServer(
        (head + b"5\r\n" + body[:5] + b"\r\n%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n",)
    ) as server:
        assert get(server).body == b'{"1":2}'


def test_one_connection_serves_many_requests() -> None:
    with RawServer(answer()) as server:
        sender = transport(server.port)
        for _ in range(5):
            sender.get("x", {})
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_closed_while_idle_is_replaced_without_an_error() -> None:
    with RawServer((answer()[0],)) as server:  # answers, then closes
        sender = transport(server.port)
        sender.get("x", {})
        time.sleep(0.1)
        sender.get("x", {})
    assert server.connections == 2


def test_a_connection_reset_during_a_request_is_a_transient_error_and_the_next_is_new() -> None:
    with RawServer(answer(), (End.RESET,), answer()) as server:
        sender = transport(server.port)
        sender.get("x", {})
        with pytest.raises(TransientError):
            sender.get("x", {})
        assert sender.get("x", {}).status == 200
    assert server.connections == 2


def test_threads_that_share_a_transport_send_one_request_at_a_time() -> None:
    slow = (0.05, *answer())
    with RawServer(slow) as server:
        sender, statuses = transport(server.port), list[int]()
        threads = [
            threading.Thread(target=lambda: statuses.append(sender.get("x", {}).status)) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert (statuses, server.connections) == ([200] * 5, 1)


def test_an_answer_without_a_length_is_not_known_to_be_complete() -> None:
    with RawServer((JSON_HEAD + b"\r\n{}",)) as server:
        reply = get(server)
    assert (reply.body, reply.complete) == (b"{}", False)


def test_a_cut_inside_the_headers_is_an_empty_answer_that_is_not_complete() -> None:
    with RawServer((b"HTTP/1.1 200 OK\r\nContent-Ty",)) as server:
        reply = get(server)
    assert (reply.body, reply.complete) == (b"", False)
