"""The title of a web page that came instead of data: a firewall, a challenge, maintenance."""

import html
import re

from .fields import as_text

MAX_SEARCHED = 16_384  # bytes of the page, whose head comes first
MAX_TITLE = 80  # characters
# Bounded, and up to the next "<": without that a page of many "<title" would cost time.
TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{1,2000})", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")


def is_web_page(content_type: str, body: bytes) -> bool:
    """Return whether an answer is HTML or XML, by its type or by its first character."""
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def page_title(body: bytes) -> str:
    """Return the sanitised title of a web page, or an empty text. `body` no longer holds the key."""
    found = TITLE.search(body[:MAX_SEARCHED].decode(errors="replace"))
    title = " ".join(as_text(ENTITY.sub(_unescape, found[1])).split()) if found else ""
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"


def _unescape(entity: re.Match[str]) -> str:
    """Return the character of an entity, unless letters and digits could spell the key, which was removed."""
    character = html.unescape(entity[0])
    return entity[0] if any(c.isascii() and c.isalnum() for c in character) else character
