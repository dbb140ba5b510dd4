"""The beginning of an answer, kept as evidence where it was rejected."""

import json
import re
from typing import Any

MAX_EXCERPT = 4096  # bytes
MAX_ENTRY = 1024  # bytes of a single row or entry
DESCRIPTION = re.compile(r'("Description[a-z]*"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE | re.DOTALL)


def excerpt(body: bytes | str, max_bytes: int = MAX_EXCERPT) -> str:
    """Return the beginning as text that every database takes: no NUL, no lone surrogates.

    Descriptions of achievements are left out: the site does not want them kept (site-api.md section 10).
    """
    start = body[: max_bytes * 4]  # longer than the result, and yet bounded: a body can have megabytes
    text = start.decode(errors="replace") if isinstance(start, bytes) else start
    short = DESCRIPTION.sub(r'\1"…"', text)[:max_bytes]
    clean = short.encode(errors="replace").decode().replace("\0", "\ufffd")
    return clean.encode()[:max_bytes].decode(errors="ignore")


def evidence(value: Any, max_bytes: int = MAX_EXCERPT) -> str:
    """Return the beginning of a JSON value; equal for equal values, whatever the order of their fields."""
    return excerpt(json.dumps(value, sort_keys=True), max_bytes)
