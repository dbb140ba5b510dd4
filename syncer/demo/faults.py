"""Everything that can go wrong between the site and us, by name: one table, so that tests can go through it.

A name may carry a parameter behind a colon: `drip_body:5` (bytes a second), `302:http://127.0.0.1:1/x`,
`nulls:14402` (only that game's entry), `414_above:50` (ids), `date_off:6` (hours).
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from itertools import chain, islice, repeat
from threading import Event
from typing import Any, TypeAlias

from syncer.core.formats import php
from syncer.core.model.progress import GameId

from .response import ApiReply, as_json, invalid, unauthenticated

LONGEST_HANG = 300.0  # seconds; longer than any deadline, and still an end
ELSEWHERE = "http://127.0.0.1:9/elsewhere"
CRLF = b"\r\n"


@dataclass(slots=True)
class FaultContext:
    """What a fault has to work with: one request, its fair answer, and the wire.

    `url` holds the key. `told` is to be called before the last byte of a whole fair answer leaves.
    """

    reply: ApiReply
    now: datetime
    ids: tuple[GameId, ...]
    parameter: str
    over: Event  # set when the server closes: nobody may wait any longer
    send: Callable[[bytes], object] = field(repr=False)
    reset: Callable[[], object] = field(repr=False)
    told: Callable[[], object] = field(repr=False)
    url: str = field(repr=False)


Fault: TypeAlias = Callable[
    [FaultContext], ApiReply | None
]  # None: it wrote to the wire itself, which closes now
Record: TypeAlias = dict[str, Any]


def split(name: str) -> tuple[str, str]:
    """The fault's name and its parameter. Raises ValueError for a weather that is not in the table."""
    fault, _, parameter = name.partition(":")
    if fault not in FAULTS:
        raise ValueError(f"no such weather: {fault}")
    return fault, parameter


# -- pages of the site and its proxies ------------------------------------------------------------------


def html(status: int, title: str) -> ApiReply:
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return ApiReply(status, text.encode(), "text/html; charset=UTF-8")


def page(status: int, title: str, **headers: str) -> Fault:
    def fault(occasion: FaultContext) -> ApiReply:
        found = html(status, title)
        found.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return found

    return fault


def body(status: int, text: bytes, content_type: str = "application/json") -> Fault:
    return lambda occasion: ApiReply(status, text, content_type)


def retry_date(status: int, title: str, seconds: float) -> Fault:
    """Retry-After as an HTTP date, so many seconds from now."""

    def fault(occasion: FaultContext) -> ApiReply:
        moment = format_datetime(occasion.now + timedelta(seconds=seconds), usegmt=True)
        return replace(html(status, title), headers={"Retry-After": moment})

    return fault


def redirect(status: int) -> Fault:
    def fault(occasion: FaultContext) -> ApiReply:
        return replace(html(status, "Moved"), headers={"Location": occasion.parameter or ELSEWHERE})

    return fault


def echo(status: int) -> Fault:
    """A careless error page that repeats the whole URL, with the key in it."""
    return lambda occasion: html(status, f"Something broke at {occasion.url}")


def too_many_ids(occasion: FaultContext) -> ApiReply:
    most = int(occasion.parameter or 100)
    return html(414, "414 Request-URI Too Large") if len(occasion.ids) > most else occasion.reply


def poisonous_id(occasion: FaultContext) -> ApiReply:
    """500 for every request that asks for the game (default: the first one asked for)."""
    poison = int(occasion.parameter) if occasion.parameter else next(iter(occasion.ids), None)
    return as_json(500, {"message": "Server Error"}) if poison in occasion.ids else occasion.reply


# -- answers that look right ----------------------------------------------------------------------------


def with_data(reply: ApiReply, data: object) -> ApiReply:
    """The same answer with other data; who is still told the truth is noted."""
    told = data if isinstance(data, dict) else {}
    same = {
        key: progress
        for key, progress in reply.truths.items()
        if json.dumps(told.get(str(key[1]))) == json.dumps(reply.data[str(key[1])])  # 1 == True == 1.0
    }
    return replace(reply, body=php.to_json(data).encode(), data=data, truths=same)


def whole(change: Callable[[Record, str], object]) -> Fault:
    """Change the outermost map, given the parameter. Answers without one stay as they are."""

    def fault(occasion: FaultContext) -> ApiReply:
        data = occasion.reply.data
        if occasion.reply.status != 200 or not isinstance(data, dict) or not data:
            return occasion.reply
        return with_data(occasion.reply, change(data, occasion.parameter))

    return fault


def is_progress(data: Record) -> bool:
    return all(isinstance(value, dict) for value in data.values())


def each(change: Callable[[Record], Record]) -> Fault:
    """Change every entry, every row of a list or of a page (or only the game's that the parameter names).

    Of all other answers the fields.
    """

    def all_of(data: Record | list[Record], only: str) -> object:
        if isinstance(data, list):
            return [change(row) if only in ("", game_of(row)) else row for row in data]
        if "Results" in data:
            return data | {"Results": all_of(data["Results"], only)}
        if not is_progress(data):
            return change(data)
        return {game: change(entry) if only in ("", game) else entry for game, entry in data.items()}

    def fault(occasion: FaultContext) -> ApiReply:
        data = occasion.reply.data
        if occasion.reply.status != 200 or not data:
            return occasion.reply
        return with_data(occasion.reply, all_of(data, occasion.parameter))

    return fault


def game_of(row: Record) -> str:
    return str(row.get("GameID", row.get("ID")))


def numbers(change: Callable[[int], object]) -> Fault:
    return each(lambda entry: {k: change(v) if type(v) is int else v for k, v in entry.items()})


def names(change: Callable[[str], str]) -> Fault:
    return each(lambda entry: {change(name): value for name, value in entry.items()})


def truthful(fault: Fault) -> Fault:
    """Other bytes, the same numbers: a reader who understands them was told the truth."""

    def telling(occasion: FaultContext) -> ApiReply | None:
        reply = fault(occasion)
        return reply and replace(reply, truths=occasion.reply.truths)

    return telling


def beyond_floats(occasion: FaultContext) -> ApiReply | None:
    reply = numbers(lambda value: float("inf"))(occasion)
    return reply and replace(reply, body=reply.body.replace(b"Infinity", b"1e999"))


def duplicate_names(occasion: FaultContext) -> ApiReply:
    """Each number is there twice, first wrong and then right."""
    text = occasion.reply.body.replace(b'"NumAchieved":', b'"NumAchieved":424242,"NumAchieved":')
    return replace(occasion.reply, body=text)


def without_some(data: Record, only: str) -> Record:
    missing = only or next(iter(data))
    return {name: value for name, value in data.items() if name != missing}


def with_more(data: Record, game: str) -> Record:
    return data | {game or "987654321": next(iter(data.values()))}


def as_list(data: Record, parameter: str) -> list[Any]:
    return list(data.values()) if is_progress(data) else [data]


def without_field(entry: Record) -> Record:
    return {name: value for name, value in entry.items() if name not in ("ScoreAchieved", "ULID", "Title")}


def only_possible(entry: Record) -> Record:
    return {k: 0 if isinstance(v, int) and "Possible" not in k else v for k, v in entry.items()}


def hardcore_above_all(entry: Record) -> Record:
    counts = ("NumAchieved", "ScoreAchieved", "NumAwarded")
    return entry | {k + "Hardcore": entry[k] + 1 for k in counts if k in entry}


def relabelled(content_type: str) -> Fault:
    return lambda occasion: replace(occasion.reply, content_type=content_type)


def with_headers(headers: Mapping[str, str]) -> Fault:
    return lambda occasion: replace(occasion.reply, headers=dict(headers))


def date_off(occasion: FaultContext) -> ApiReply:
    moment = occasion.now + timedelta(hours=float(occasion.parameter or 6))
    return replace(occasion.reply, headers={"Date": format_datetime(moment, usegmt=True)})


@cache
def bomb() -> bytes:
    """300 kB that become 300 MB: a gzip file may be many, one after another."""
    return gzip.compress(bytes(1_000_000)) * 300


def gzip_bomb(occasion: FaultContext) -> ApiReply:
    return ApiReply(200, bomb(), headers={"Content-Encoding": "gzip"})


def broken_gzip(occasion: FaultContext) -> ApiReply:
    squeezed = gzip.compress(occasion.reply.body)
    return ApiReply(200, squeezed[:12] + b"\x00" * 8, headers={"Content-Encoding": "gzip"})


# -- what goes wrong on the wire ------------------------------------------------------------------------


def head(*lines: str) -> bytes:
    return CRLF.join(line.encode() for line in ("HTTP/1.1 200 OK", "Content-Type: application/json", *lines))


def whole_answer(reply: ApiReply, framed: bool = True) -> tuple[bytes, bytes]:
    """Header block and body of a 200, to be maimed."""
    length = (f"Content-Length: {len(reply.body)}",) if framed else ("Connection: close",)
    return head(*length) + CRLF + CRLF, reply.body


def writes(make: Callable[[FaultContext], bytes]) -> Fault:
    """Send these bytes, then close."""

    def fault(occasion: FaultContext) -> None:
        occasion.send(make(occasion))

    return fault


def header_cut(occasion: FaultContext) -> bytes:
    return head("Content-Le")


def shorter_than_promised(occasion: FaultContext) -> bytes:
    headers, text = whole_answer(occasion.reply)
    return headers + text[: len(text) // 2]


def short_without_length(occasion: FaultContext) -> bytes:
    headers, text = whole_answer(occasion.reply, framed=False)
    return headers + text[: len(text) // 2]


def chunk_cut(occasion: FaultContext) -> bytes:
    text = occasion.reply.body
    promised = f"{len(text):x}".encode()
    return head("Transfer-Encoding: chunked") + CRLF + CRLF + promised + CRLF + text[: len(text) // 2]


def chunk_garbage(occasion: FaultContext) -> bytes:
    return head("Transfer-Encoding: chunked") + CRLF + CRLF + b"zz" + CRLF + occasion.reply.body


def length_garbage(occasion: FaultContext) -> bytes:
    return head("Content-Length: many") + CRLF + CRLF + occasion.reply.body


def reset(occasion: FaultContext) -> None:
    occasion.reset()


def closed(occasion: FaultContext) -> None:
    """Nothing is written, and the connection ends."""


def hang(occasion: FaultContext) -> None:
    occasion.over.wait(LONGEST_HANG)


def dripping(occasion: FaultContext, data: bytes) -> None:
    """One byte at a time; the parameter is bytes a second."""
    pause = 1 / float(occasion.parameter or 10)
    for place in range(len(data)):
        if occasion.over.wait(pause):
            return
        if place == len(data) - 1:
            occasion.told()
        occasion.send(data[place : place + 1])


def drip_body(occasion: FaultContext) -> None:
    headers, text = whole_answer(occasion.reply)
    occasion.send(headers)
    dripping(occasion, text)


def drip_headers(occasion: FaultContext) -> None:
    dripping(occasion, b"".join(whole_answer(occasion.reply)))


def late(occasion: FaultContext) -> ApiReply | None:
    """The fair answer, after so many seconds (the parameter; default 2)."""
    return None if occasion.over.wait(float(occasion.parameter or 2)) else occasion.reply


def pouring(occasion: FaultContext, start: bytes, pieces: Iterator[bytes]) -> None:
    occasion.send(start)
    for piece in pieces:
        if occasion.over.is_set():
            return
        occasion.send(piece)


def forty_megabytes(occasion: FaultContext) -> None:
    filler = b" " * 100_000
    start = head("Content-Length: 40000002") + CRLF + CRLF + b"["
    pouring(occasion, start, chain(islice(repeat(filler), 400), [b"]"]))


def endless(occasion: FaultContext) -> None:
    pouring(occasion, head("Connection: close") + CRLF + CRLF + b"[", repeat(b" " * 100_000))


def keep_alive_lie(occasion: FaultContext) -> None:
    """A fair answer on a connection that seems to stay open, and closes (site-api.md section 13, 17)."""
    occasion.told()
    occasion.send(b"".join(whole_answer(occasion.reply)))


LIMITED = "429 Too Many Requests"
RESTING = "503 Service Unavailable"
CLOUD = {520: "Unknown Error", 521: "Down", 522: "Connection Timed Out", 523: "Unreachable", 524: "Timeout"}

FAULTS: Mapping[str, Fault] = {
    # statuses
    "204": body(204, b""),
    "301": redirect(301),
    "302": redirect(302),
    "401": lambda occasion: unauthenticated(),
    "403": page(403, "Just a moment...", cf_mitigated="challenge"),
    "404": page(404, "404 Not Found"),
    "410": body(410, b'{"message":"Gone"}'),
    "414": page(414, "414 Request-URI Too Large"),
    "414_above": too_many_ids,
    "422": lambda occasion: invalid(u="The u field is required."),
    "429": page(429, LIMITED),
    "429_json": body(429, b'{"message":"Too Many Attempts."}'),
    "429_after_2": page(429, LIMITED, Retry_After="2"),
    "429_after_1.5": page(429, LIMITED, Retry_After="1.5"),
    "429_after_0": page(429, LIMITED, Retry_After="0"),
    "429_after_minus_5": page(429, LIMITED, Retry_After="-5"),
    "429_after_600": page(429, LIMITED, Retry_After="600"),
    "429_after_999999": page(429, LIMITED, Retry_After="999999"),
    "429_after_soon": page(429, LIMITED, Retry_After="soon"),
    "429_after_1m0s": page(429, LIMITED, Retry_After="1m0s"),
    "429_after_nothing": page(429, LIMITED, Retry_After=""),
    "429_after_date": retry_date(429, LIMITED, 5),
    "429_after_past_date": retry_date(429, LIMITED, -3600),
    "500": body(500, b'{"message":"Server Error"}'),
    "500_with_id": poisonous_id,
    "502": page(502, "502 Bad Gateway"),
    "503": page(503, RESTING),
    "503_after_2": page(503, RESTING, Retry_After="2"),
    "503_after_120": page(503, RESTING, Retry_After="120"),
    "503_after_date": retry_date(503, RESTING, 120),
    "504": page(504, "504 Gateway Time-out"),
    **{str(status): page(status, f"Web server: {what}") for status, what in CLOUD.items()},
    # 200, and something else
    "html_200": page(200, "Log in"),
    "html_as_json": body(200, b"<!DOCTYPE html><html><body>Maintenance</body></html>"),
    "empty_body": body(200, b""),
    "empty_list": body(200, b"[]"),
    "empty_map": body(200, b"{}"),
    "null": body(200, b"null"),
    "string": body(200, b'"Everything is fine."'),
    "number": body(200, b"42"),
    "not_utf8": body(200, b'{"1":"\xff\xfe"}'),
    "deep_nesting": body(200, b"[" * 100_000 + b"]" * 100_000),
    "list_of_objects": whole(as_list),
    "echo_500": echo(500),
    "echo_200": echo(200),
    # entries that lie, or are odd
    "missing_id": whole(without_some),
    "extra_id": whole(with_more),
    "digit_strings": truthful(numbers(str)),
    "nulls": numbers(lambda value: None),
    "floats": numbers(lambda value: value + 0.5),
    "whole_floats": numbers(float),
    "booleans": numbers(bool),
    "negatives": numbers(lambda value: -value - 1),
    "too_large": numbers(lambda value: 2**40),
    "five_thousand_digits": body(200, b'{"1":{"NumAchieved":' + b"9" * 5000 + b"}}"),
    "nan": numbers(lambda value: float("nan")),
    "infinity": numbers(lambda value: float("inf")),
    "1e999": beyond_floats,
    "bom": lambda occasion: replace(occasion.reply, body=b"\xef\xbb\xbf" + occasion.reply.body),
    "renamed_fields": names(lambda name: name + "Count"),
    "lower_camel": names(lambda name: name[:1].lower() + name[1:]),
    "missing_field": each(without_field),
    "duplicate_names": duplicate_names,
    "zeros": numbers(lambda value: 0),
    "all_reset": each(only_possible),
    "hardcore_above_all": each(hardcore_above_all),
    "text_plain": relabelled("text/plain"),
    "date_off": date_off,
    "date_garbage": with_headers({"Date": "yesterday"}),
    "date_missing": with_headers({"Date": ""}),
    # the wire
    "closed": closed,
    "reset": reset,
    "hang": hang,
    "late": late,
    "garbage_status": writes(lambda occasion: b"\x15\x03\x01 no such thing\r\n\r\n"),
    "header_cut": writes(header_cut),
    "many_headers": with_headers({f"X-Filler-{n}": "x" for n in range(150)}),
    "long_header": with_headers({"X-Filler": "x" * 70_000}),
    "short_body": writes(shorter_than_promised),
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
