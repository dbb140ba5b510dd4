"""The path under which a proxy serves the pages, such as /ra: from the configuration, or from the proxy."""

import re

MAX_LENGTH = 200
# Whatever it holds stands in the addresses of scripts: no second slash, no dots that lead out, no escapes.
HARMLESS = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
# Below one of these a request could mean a page here, or another one below the path.
OWN_NAMES = frozenset(
    (
        *("API", "calendar", "changes", "compare", "data", "days", "favicon.ico", "feed.atom", "games"),
        *("healthz", "masteries.ics", "metrics", "players", "readyz", "review", "static", "sync-health"),
    )
)


def parse_base_path(text: str) -> str:
    """Return the path with a slash before and none after it; empty for the root. Raises ValueError."""
    path = text.strip().removesuffix("/")
    if path and not path.startswith("/"):
        path = f"/{path}"
    if len(path) > MAX_LENGTH or not HARMLESS.fullmatch(path):
        raise ValueError("is not a path of letters, digits, - and _ (like /ra)")
    if path and path.split("/")[1] in OWN_NAMES:
        raise ValueError("begins like the address of a page; choose another one, such as /ra")
    return path
