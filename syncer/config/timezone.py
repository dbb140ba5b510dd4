"""The machine's time zone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


def local_zone(environ: Mapping[str, str]) -> Any:
    """Return the zone of $TZ, else that of /etc/localtime, else UTC."""
    # POSIX allows a colon before the name of a zone.
    for name in (environ.get("TZ", "").lstrip(":"), _localtime_link()):
        try:
            if name:
                return ZoneInfo(name)
        # TZ may also hold rules (CET-1CEST) or a folder of zones; a wrong one must not stop the program.
        except (ValueError, OSError, KeyError):
            continue
    return ZoneInfo("UTC")


def _localtime_link() -> str:
    # The file itself has no name of its zone; the link to it has.
    target = str(Path("/etc/localtime").resolve())
    return target.partition("zoneinfo/")[2]
