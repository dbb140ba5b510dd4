"""Answers that are cut off, garbled or late."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from syncer.api.deadline_guard import WATCHDOG
from syncer.core.errors import TransientError
from tests.edges.raw_server import JSON_HEAD, End, RawServer, Script, answer, drip, read_head
from tests.waiting import PATIENCE, SLACK

from .harness import DRIPPING_HEADERS, HEADERS, SOON, failed, transport


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((), id="closed before the status connection"),
        pytest.param((End.RESET,), id="reset"),
        pytest.param((b"SSH-2.0-OpenSSH\r\n",), id="garbage for a status connection"),
        pytest.param((JSON_HEAD + b"Content-Length: 99\r\n\r\n{}",), id="short body"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{}",), id="cut chunk"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",), id="no last chunk"),
        pytest.param((JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",), id="no chunk at all"),
        pytest.param((JSON_HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",), id="two lengths"),
        pytest.param((JSON_HEAD + b"X: y\r\n" * 150 + b"\r\n",), id="more than 100 headers"),
        pytest.param((JSON_HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",), id="a header of 70 kB"),
        pytest.param(
            (JSON_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",), id="broken gzip"
        ),
    ],
)
def test_a_broken_answer_is_a_transient_error(script: Script) -> None:
    failed(TransientError, script)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((60.0,), id="silence"),
        pytest.param(DRIPPING_HEADERS, id="a drip of headers"),
        pytest.param((HEADERS, *drip(b"x" * 500, 0.05)), id="a drip of body"),
        pytest.param((HEADERS + b"{", 60.0), id="a body that stops"),
        pytest.param((JSON_HEAD + b"\r\n{}", 60.0), id="complete, but without a length"),
    ],
)
def test_the_whole_request_ends_with_its_timeout_and_never_as_an_answer(script: Script) -> None:
    began = time.monotonic()
    failed(TransientError, script, timeout=SOON)
    assert SOON * 0.9 < time.monotonic() - began < SOON + SLACK


def test_a_transport_works_after_a_timeout() -> None:
    with RawServer((60.0,), answer()) as server:
        sender = transport(server.port, timeout=SOON)
        with pytest.raises(TransientError):
            sender.get("x", {})
        assert sender.get("x", {}).status == 200


def test_no_deadline_and_no_socket_is_left_open() -> None:
    with RawServer((JSON_HEAD + b"Content-Length: 9\r\n\r\n{}",)) as server:
        sender = transport(server.port)
        before = open_files()
        for _ in range(20):
            with suppress(TransientError):
                sender.get("x", {})
        assert WATCHDOG._deadlines == {}
        time.sleep(0.1)  # the server closes its side
        assert open_files() <= before + 3


def test_close_closes_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = transport(listener.getsockname()[1])
        thread = threading.Thread(target=lambda: sender.get("x", {}), daemon=True)
        thread.start()
        connection, _ = listener.accept()
        with connection:
            read_head(connection)
            connection.sendall(b"".join(step for step in answer() if isinstance(step, bytes)))
            thread.join(PATIENCE)
            sender.close()
            connection.settimeout(2)
            assert connection.recv(1) == b""


def open_files() -> int:
    known = Path("/proc/self/fd")
    return len(list(known.iterdir())) if known.exists() else 0
