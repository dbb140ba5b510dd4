"""PHP's rules for query strings, numbers and JSON, as far as they show in the API."""

import json
import re
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import unquote_plus

Value: TypeAlias = str | list[str]  # a parameter's
LARGEST = 2**63 - 1
LEADING = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NUMERIC = re.compile(LEADING.pattern + r"[ \t\n\r\v\f]*", re.ASCII)


def query(text: str) -> dict[str, Value]:
    """Parse a query string: values trimmed, empty ones dropped; the last of a name wins; `i[]` is a list."""
    found: dict[str, Value] = {}
    for piece in text.split("&"):
        raw_name, _, raw_value = piece.partition("=")
        name, bracket, _ = unquote_plus(raw_name).partition("[")
        value = unquote_plus(raw_value).strip()
        if bracket:
            before = found.get(name)
            found[name] = [*(before if isinstance(before, list) else []), value]
        else:
            found[name] = value
    return {name: value for name, value in found.items() if name and value}


def integer(text: str) -> int | None:
    """Return the number by `is_numeric` and `(int)`: truncated, clamped to 64 bit. None: not numeric."""
    if not NUMERIC.fullmatch(text):
        return None
    number = float(text)
    if abs(number) >= 2**63:
        return LARGEST if number > 0 else -LARGEST - 1
    return int(Decimal(text))


def cast(text: str) -> int:
    """Return the number by `(int)`: the one that the text begins with, or 0."""
    found = LEADING.match(text)
    return (found and integer(found[0])) or 0


def to_json(value: object, *, slashes: bool = False) -> str:
    """Serialise to compact ASCII, with slashes escaped and `[]` for an empty map (site-api.md section 1)."""
    text = json.dumps(value, separators=(",", ":"))
    text = text if slashes else text.replace("/", "\\/")
    return "[]" if text == "{}" else text
