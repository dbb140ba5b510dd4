"""Replies of another status, and replies with another body: pages of the site and of its proxies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from syncer.demo.response import ApiReply, as_json, invalid, unauthenticated

from .fault import Fault, FaultContext

ELSEWHERE = "http://127.0.0.1:9/elsewhere"
LIMITED = "429 Too Many Requests"
UNAVAILABLE = "503 Service Unavailable"
CLOUDFLARE = {
    520: "Unknown Error",
    521: "Down",
    522: "Connection Timed Out",
    523: "Unreachable",
    524: "Timeout",
}


def html(status: int, title: str) -> ApiReply:
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return ApiReply(status, text.encode(), "text/html; charset=UTF-8")


def page(status: int, title: str, **headers: str) -> Fault:
    def fault(context: FaultContext) -> ApiReply:
        found = html(status, title)
        found.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return found

    return fault


def body(status: int, text: bytes, content_type: str = "application/json") -> Fault:
    return lambda context: ApiReply(status, text, content_type)


def retry_date(status: int, title: str, seconds: float) -> Fault:
    """Return a page whose Retry-After is an HTTP date, so many seconds from now."""

    def fault(context: FaultContext) -> ApiReply:
        moment = format_datetime(context.now + timedelta(seconds=seconds), usegmt=True)
        return replace(html(status, title), headers={"Retry-After": moment})

    return fault


def redirect(status: int) -> Fault:
    def fault(context: FaultContext) -> ApiReply:
        return replace(html(status, "Moved"), headers={"Location": context.parameter or ELSEWHERE})

    return fault


def echo(status: int) -> Fault:
    """Return a careless error page that repeats the whole URL, with the key in it."""
    return lambda context: html(status, f"Something broke at {context.url}")


def too_many_ids(context: FaultContext) -> ApiReply:
    limit = int(context.parameter or 100)
    return html(414, "414 Request-URI Too Large") if len(context.ids) > limit else context.reply


def failing_id(context: FaultContext) -> ApiReply:
    """Return 500 for every request that names the game (default: its first one)."""
    failing = int(context.parameter) if context.parameter else next(iter(context.ids), None)
    return as_json(500, {"message": "Server Error"}) if failing in context.ids else context.reply


STATUS_FAULTS: Mapping[str, Fault] = {
    "204": body(204, b""),
    "301": redirect(301),
    "302": redirect(302),
    "401": lambda context: unauthenticated(),
    "403": page(403, "Just a moment...", cf_mitigated="challenge"),
    "404": page(404, "404 Not Found"),
    "410": body(410, b'{"message":"Gone"}'),
    "414": page(414, "414 Request-URI Too Large"),
    "414_above": too_many_ids,
    "422": lambda context: invalid(u="The u field is required."),
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
    "500_with_id": failing_id,
    "502": page(502, "502 Bad Gateway"),
    "503": page(503, UNAVAILABLE),
    "503_after_2": page(503, UNAVAILABLE, Retry_After="2"),
    "503_after_120": page(503, UNAVAILABLE, Retry_After="120"),
    "503_after_date": retry_date(503, UNAVAILABLE, 120),
    "504": page(504, "504 Gateway Time-out"),
    **{str(status): page(status, f"Web server: {text}") for status, text in CLOUDFLARE.items()},
}

BODY_FAULTS: Mapping[str, Fault] = {
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
    "five_thousand_digits": body(200, b'{"1":{"NumAchieved":' + b"9" * 5000 + b"}}"),
    "echo_500": echo(500),
    "echo_200": echo(200),
}
