"""The machine's time zone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


def local_zone(environ: Mapping[str, str]) -> Any:
    """Return the zone of $TZ, else that of /etc/localtime, else UTC."""
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
