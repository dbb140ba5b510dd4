"""Faults of the connection, read raw and through requests."""

import gzip
import threading
import time

import pytest
import requests

from syncer.demo.models import Account
from syncer.demo.world import World
from tests.faulty_site import FaultyServer
from tests.waiting import PATIENCE

from .demo_requests import KEY, connect, read_raw, request
from .hand_clock import HandClock


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("closed", requests.ConnectionError),
        ("reset", requests.ConnectionError),
        ("garbage_status", requests.ConnectionError),
        ("many_headers", requests.ConnectionError),
        ("long_header", requests.ConnectionError),
        ("short_body", requests.exceptions.ChunkedEncodingError),
        ("chunk_cut", requests.exceptions.ChunkedEncodingError),
        ("chunk_garbage", requests.exceptions.ChunkedEncodingError),
        ("broken_gzip", requests.exceptions.ContentDecodingError),
    ],
)
def test_requests_raises_for_a_broken_connection(
    server: FaultyServer, name: str, error: type[Exception]
) -> None:
    server.fault = name
    with pytest.raises(error):
        request(server)


def test_a_connection_cut_inside_the_headers_looks_like_an_empty_200(server: FaultyServer) -> None:
    server.fault = "header_cut"
    answer = request(server)
    assert (answer.status_code, answer.content) == (200, b"")
    assert server.requests[0].status == 0
    assert read_raw(server) == b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le"


def test_requests_takes_a_short_body_without_a_length_for_complete(server: FaultyServer) -> None:
    server.fault = "short_without_length"
    answer = request(server)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_reset_is_an_rst(server: FaultyServer) -> None:
    server.fault = "reset"
    with connect(server) as connection:
        connection.sendall(b"GET /API/x HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(10)


def test_a_dripping_body_is_recorded_as_served_with_its_last_byte(
    server: FaultyServer, player: Account
) -> None:
    server.fault = "drip_body:50"
    received = read_raw(server, timeout=1)
    headers, _, text = received.partition(b"\r\n\r\n")
    assert b"200 OK" in headers
    assert 5 <= len(text) <= 51
    assert not server.served
    server.fault = "drip_body:20000"
    assert request(server, f"y={KEY}&u=MaxMilyin&i=1").json()["1"]["NumAchieved"] == 2
    assert list(server.served) == [(player.ulid, 1)]
    assert server.requests[-1].status == 200


def test_headers_can_drip(server: FaultyServer) -> None:
    server.fault = "drip_headers:50"
    assert b"HTTP/1.1 200 OK\r\n".startswith(read_raw(server, timeout=0.3))


def test_keep_alive_lie_closes_a_connection_that_seemed_to_stay_open(server: FaultyServer) -> None:
    server.fault = "keep_alive_lie"
    received = read_raw(server)
    assert b"Connection: close" not in received
    assert received.endswith(b"}}")
    assert len(server.served) == 2


def test_forty_megabytes_are_announced_and_sent(server: FaultyServer) -> None:
    server.fault = "forty_megabytes"
    answer = request(server)
    assert len(answer.content) == int(answer.headers["Content-Length"]) == 40_000_002
    assert answer.json() == []


def test_an_endless_body_does_not_end(server: FaultyServer) -> None:
    server.fault = "endless"
    assert len(read_raw(server, max_bytes=5_000_000)) >= 5_000_000


def test_a_gzip_bomb_is_small_and_unfolds_to_300_mb(server: FaultyServer) -> None:
    server.fault = "gzip_bomb"
    headers, _, body = read_raw(server).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in headers
    assert len(body) < 400_000
    member = gzip.compress(bytes(1_000_000))
    assert body.count(member[10:]) == 300


@pytest.mark.parametrize("name", ["hang", "drip_body:1", "drip_headers:1", "late:60", "endless"])
def test_closing_the_server_ends_slow_replies(world: World, clock: HandClock, name: str) -> None:
    with FaultyServer(world, clock) as server:
        server.fault = name
        client = threading.Thread(target=read_raw, args=(server,), daemon=True)
        before = set(threading.enumerate())
        client.start()
        while not server.requests:
            time.sleep(0.005)
        visits = set(threading.enumerate()) - before - {client}
    for thread in (client, *visits):
        thread.join(PATIENCE)
    assert not [thread for thread in (client, *visits) if thread.is_alive()]
