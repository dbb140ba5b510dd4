"""Readers for [notify]: addresses of notification services, which are secrets, and kinds of messages."""

import difflib
import re
from typing import Any
from urllib.parse import unquote

from syncer.core.notifications.model import SELECTABLE_KINDS, MessageKind

from .text import reject_invisible

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,29}://")
SEPARATOR = re.compile(rf"[\s,]+(?={SCHEME.pattern})")  # an address may contain commas
MIN_SECRET_LENGTH = 4  # a shorter word would be found, and hidden, in every line of a log


def parse_urls(value: Any) -> Any:
    """Return the addresses, from a list or from one text with newlines, blanks or commas between them."""
    urls = [url.rstrip(",") for url in SEPARATOR.split(value)] if isinstance(value, str) else value
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        raise ValueError("is not a list of addresses (like ntfys://…)")
    for url in urls:
        reject_invisible(url.strip())
    bad = [str(n) for n, url in enumerate(urls, 1) if not SCHEME.match(url.strip())]
    if bad:
        raise ValueError(f"number {', '.join(bad)} does not begin with the kind of service (like ntfys://…)")
    return tuple(dict.fromkeys(url.strip() for url in urls))


def parse_kinds(value: Any) -> Any:
    """Return the kinds of messages that are wanted."""
    words = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
    if not isinstance(words, list):
        raise ValueError(f"is not a list of kinds of messages ({', '.join(SELECTABLE_KINDS)})")
    problems = [_describe_unknown(word) for word in words if word not in SELECTABLE_KINDS]
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(dict.fromkeys(MessageKind(word) for word in words))


def _describe_unknown(word: Any) -> str:
    near = difflib.get_close_matches(str(word), SELECTABLE_KINDS, 1)
    suggestion = f"did you mean {near[0]}?" if near else f"known are {', '.join(SELECTABLE_KINDS)}"
    return f"{str(word)[:30]!r} is not a kind of message; {suggestion}"


def secrets_in(url: str) -> set[str]:
    """Return the address and each part that may be a secret, for the log to hide.

    A library may log any part by itself, so that hiding the whole address is not enough.
    """
    location, _, query = url.partition("://")[2].partition("?")
    authority, *steps = location.split("/")
    user, _, host = authority.rpartition("@")
    host = host.partition(":")[0]
    token = [] if "." in host or host == "localhost" else [host]  # some services put a token in the host
    words = [word for word in (*user.split(":"), *steps, *token) if len(word) >= MIN_SECRET_LENGTH]
    # Longer ones only: a query also has names and short options, which are words of any log.
    words += [value for value in re.split(r"[&=]", query) if len(value) >= 2 * MIN_SECRET_LENGTH]
    return {url, *words, *map(unquote, words)}
