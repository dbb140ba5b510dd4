"""The machine's time zone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")
UTC = ZoneInfo("UTC")
UTC_RULES = ("UTC0", "GMT0")  # the same in POSIX's notation, in which other rules are not understood
Found: TypeAlias = tuple[ZoneInfo, str]


def local_zone(environ: Mapping[str, str], localtime: Path = LOCALTIME) -> ZoneInfo:
    """Return the zone of $TZ, else that of /etc/localtime, else UTC."""
    return find_zone(environ, localtime)[0]


def find_zone(environ: Mapping[str, str], localtime: Path = LOCALTIME) -> Found:
    """Return the machine's zone, and a sentence if it is another one than the machine means."""
    text = environ.get("TZ", "")
    zone = _zone_of(text) if text else None
    if zone:
        return zone, ""
    found, problem = _read_localtime(localtime)
    if text:
        problem = f"$TZ is {text[:60]!r}, which is not a time zone"
    return found, f"{problem}: days begin in {found}" if problem else ""


def _zone_of(text: str) -> ZoneInfo | None:
    # An --env-file of Docker keeps quotes. POSIX allows a colon before the name, or before a path.
    name = text.strip().strip("\"'").removeprefix(":")
    if name in UTC_RULES:
        return UTC
    try:
        return ZoneInfo(_name_in(Path(name)) if name.startswith("/") else name)
    # TZ may also hold rules (CET-1CEST) or a folder of zones; a wrong one must not stop the program.
    except (ValueError, OSError, KeyError):
        return None


def _name_in(file: Path) -> str:
    """Return the name of a zone from its path: the file itself has none."""
    return str(file.resolve()).partition("zoneinfo/")[2]


def _read_localtime(file: Path) -> Found:
    zone = _zone_of(str(file))
    if zone or not file.exists():  # a machine without the file is in UTC
        return zone or UTC, ""
    # In a container the file may be a copy, or the host's. Its last line is the rule for the present.
    if file.is_file() and file.read_bytes().rstrip().endswith(tuple(rule.encode() for rule in UTC_RULES)):
        return UTC, ""
    return UTC, f"{file} does not say which time zone it is"
