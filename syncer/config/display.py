"""The effective values with their origin, secrets masked."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from .addresses import masked
from .schema import Document
from .sources import Origins, is_secret


def display_values(document: Document, origins: Origins) -> tuple[tuple[str, Any, str], ...]:
    values = _flat(document.model_dump())
    rows = []
    for name, value in values.items():
        secret = is_secret(name) and name != "database.url"
        origin = origins.get(name, "default")
        rows.append((name, "***" if secret and value else _plain(value), origin))
    return tuple(rows)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            made |= _flat(value, f"{prefix}{name}.")
        elif name == "players":
            for index, item in enumerate(value):
                made |= _flat(item, f"players.{index}.")
        else:
            made[prefix + name] = value
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, str):
        return masked(value)
    return value if value is None or isinstance(value, (int, float)) else str(value)
