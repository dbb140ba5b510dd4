"""Answers that are too large, before or after decompression."""

import gzip
import itertools
import sys
import time

import pytest

from syncer.core.errors import BatchError, TransientError
from tests.edges.raw_server import JSON_HEAD, RawServer, answer

from .harness import failure, run_in_own_process, transport


def test_an_endless_body_ends_at_the_limit_and_its_connection_is_closed() -> None:
    endless = itertools.chain((JSON_HEAD + b"\r\n",), itertools.repeat(b"x" * 65536))
    with RawServer(endless, answer()) as server:
        sender = transport(server.port, max_bytes=2**20)
        with pytest.raises(BatchError) as caught:
            sender.get("x", {})
        assert not isinstance(caught.value, TransientError)
        assert sender.get("x", {}).status == 200
    assert server.connections == 2


@pytest.mark.parametrize("length", [b"-1", b"-99999999999", b"99999999999", b"9" * 5000, b"8388609"])
def test_a_length_that_is_negative_or_above_the_limit_is_not_waited_for(length: bytes) -> None:
    script = (JSON_HEAD + b"Content-Length: " + length + b"\r\n\r\n{", 60.0)
    with RawServer(script, answer()) as server:
        sender = transport(server.port, timeout=60.0)
        began = time.monotonic()
        with pytest.raises(BatchError) as caught:
            sender.get("x", {})
        assert not isinstance(caught.value, TransientError)  # which would be tried three times
        assert time.monotonic() - began < 5
        assert sender.get("x", {}).status == 200


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /elsewhere"])
def test_a_gzip_bomb_does_not_unfold_in_memory(status: bytes) -> None:
    bomb = gzip.compress(bytes(100 * 2**20), 1)
    head = b"HTTP/1.1 %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (status, len(bomb))
    with RawServer((head + bomb,)) as server:
        if sys.platform == "linux":  # elsewhere: only that it is refused
            grown = int(run_in_own_process(BOMB, server.port))
            assert grown < 30_000, "kB of memory"
        else:
            failure(BatchError, server)


BOMB = """
import sys
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import BatchError
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
sender = Transport(f"http://127.0.0.1:{sys.argv[1]}", "k" * 32, clock=SystemClock())
before = peak()
try:
    sender.get("x", {})
except BatchError:
    print(peak() - before)
"""
