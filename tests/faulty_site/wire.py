"""Faults of the connection: cut, slow, endless, compressed or reset."""

import gzip
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain, islice, repeat

from syncer.demo.response import ApiReply

from .fault import Fault, FaultContext

MAX_HANG = 300.0  # seconds; longer than any deadline, and yet it ends
CRLF = b"\r\n"


def head(*lines: str) -> bytes:
    return CRLF.join(line.encode() for line in ("HTTP/1.1 200 OK", "Content-Type: application/json", *lines))


def complete(reply: ApiReply, *, with_length: bool = True) -> tuple[bytes, bytes]:
    """Return header block and body of a 200, for a fault to cut."""
    length = (f"Content-Length: {len(reply.body)}",) if with_length else ("Connection: close",)
    return head(*length) + CRLF + CRLF, reply.body


def writes(make: Callable[[FaultContext], bytes]) -> Fault:
    """Return a fault that sends these bytes, then closes."""

    def fault(context: FaultContext) -> None:
        context.wire.send(make(context))

    return fault


def header_cut(context: FaultContext) -> bytes:
    return head("Content-Le")


def short_body(context: FaultContext) -> bytes:
    headers, text = complete(context.reply)
    return headers + text[: len(text) // 2]


def short_without_length(context: FaultContext) -> bytes:
    headers, text = complete(context.reply, with_length=False)
    return headers + text[: len(text) // 2]


def chunk_cut(context: FaultContext) -> bytes:
    text = context.reply.body
    announced = f"{len(text):x}".encode()
    return head("Transfer-Encoding: chunked") + CRLF + CRLF + announced + CRLF + text[: len(text) // 2]


def chunk_garbage(context: FaultContext) -> bytes:
    return head("Transfer-Encoding: chunked") + CRLF + CRLF + b"zz" + CRLF + context.reply.body


def length_garbage(context: FaultContext) -> bytes:
    return head("Content-Length: many") + CRLF + CRLF + context.reply.body


def reset(context: FaultContext) -> None:
    """Close with RST instead of FIN."""
    connection = context.wire.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed(context: FaultContext) -> None:
    """Write nothing; the connection closes."""


def hang(context: FaultContext) -> None:
    context.closing.wait(MAX_HANG)


def drip(context: FaultContext, data: bytes) -> None:
    """Send one byte at a time; the parameter is bytes a second."""
    pause = 1 / float(context.parameter or 10)
    for index in range(len(data)):
        if context.closing.wait(pause):
            return
        if index == len(data) - 1:
            context.record_reply()
        context.wire.send(data[index : index + 1])


def drip_body(context: FaultContext) -> None:
    headers, text = complete(context.reply)
    context.wire.send(headers)
    drip(context, text)


def drip_headers(context: FaultContext) -> None:
    drip(context, b"".join(complete(context.reply)))


def late(context: FaultContext) -> ApiReply | None:
    """Return the correct reply, after so many seconds (the parameter; default 2)."""
    return None if context.closing.wait(float(context.parameter or 2)) else context.reply


def stream(context: FaultContext, start: bytes, pieces: Iterator[bytes]) -> None:
    context.wire.send(start)
    for piece in pieces:
        if context.closing.is_set():
            return
        context.wire.send(piece)


def forty_megabytes(context: FaultContext) -> None:
    filler = b" " * 100_000
    start = head("Content-Length: 40000002") + CRLF + CRLF + b"["
    stream(context, start, chain(islice(repeat(filler), 400), [b"]"]))


def endless(context: FaultContext) -> None:
    stream(context, head("Connection: close") + CRLF + CRLF + b"[", repeat(b" " * 100_000))


def keep_alive_lie(context: FaultContext) -> None:
    """Send a correct reply that keeps the connection open, and close it (site-api.md section 13, 17)."""
    context.record_reply()
    context.wire.send(b"".join(complete(context.reply)))


@cache
def bomb() -> bytes:
    """Return 300 kB that become 300 MB: a gzip file may consist of many, one after another."""
    return gzip.compress(bytes(1_000_000)) * 300


def gzip_bomb(context: FaultContext) -> ApiReply:
    return ApiReply(200, bomb(), headers={"Content-Encoding": "gzip"})


def broken_gzip(context: FaultContext) -> ApiReply:
    compressed = gzip.compress(context.reply.body)
    return ApiReply(200, compressed[:12] + b"\x00" * 8, headers={"Content-Encoding": "gzip"})


WIRE_FAULTS: Mapping[str, Fault] = {
    "closed": closed,
    "reset": reset,
    "hang": hang,
    "late": late,
    "garbage_status": writes(lambda context: b"\x15\x03\x01 no such thing\r\n\r\n"),
    "header_cut": writes(header_cut),
    "short_body": writes(short_body),
    "short_without_length": writes(short_without_length),
    "chunk_cut": writes(chunk_cut),
    "chunk_garbage": writes(chunk_garbage),
    "length_garbage": writes(length_garbage),
    "drip_body": drip_body,
    "drip_headers": drip_headers,
    "keep_alive_lie": keep_alive_lie,
    "forty_megabytes": forty_megabytes,
    "endless": endless,
    "gzip_bomb": gzip_bomb,
    "broken_gzip": broken_gzip,
}
