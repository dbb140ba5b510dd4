"""Paths of icons on the site's media host."""

import re

PATH = re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9_./-]{0,199}")


def safe_icon(path: str | None) -> str:
    """Return the path, or an empty text for any other: no page may link to another host."""
    is_safe = path and PATH.fullmatch(path) and ".." not in path and "//" not in path
    return path if path and is_safe else ""
