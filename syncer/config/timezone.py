"""The machine's own time zone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


def local_zone(environ: Mapping[str, str]) -> Any:
    """The machine's zone; UTC where it cannot be known."""
    for name in (environ.get("TZ", "").lstrip(":"), _localtime_link()):
        try:
            if name:
                return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            continue
    return ZoneInfo("UTC")


def _localtime_link() -> str:
    target = str(Path("/etc/localtime").resolve())
    return target.partition("zoneinfo/")[2]
