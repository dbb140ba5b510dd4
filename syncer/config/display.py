"""The effective values with their origin; secrets are masked."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from .addresses import mask_password
from .schema import Document
from .sources import Origins, is_secret


def display_values(document: Document, origins: Origins) -> tuple[tuple[str, Any, str], ...]:
    """Return (dotted name, value as it could be written, origin) for every setting."""
    rows = []
    for name, value in _flatten(document.model_dump()).items():
        # Only the password of a database URL is masked, by _to_plain.
        is_hidden = is_secret(name) and name != "database.url"
        origin = origins.get(name, "default")
        rows.append((name, "***" if is_hidden and value else _to_plain(value), origin))
    return tuple(rows)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        elif name == "players":
            for index, player in enumerate(value):
                flat |= _flatten(player, f"players.{index}.")
        else:
            flat[prefix + name] = value
    return flat


def _to_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_plain(item) for item in value]
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, str):
        return mask_password(value)
    return value if value is None or isinstance(value, (int, float)) else str(value)
