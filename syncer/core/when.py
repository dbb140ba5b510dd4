"""WHEN: how people write a moment, and how we write one for programs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGER = UNITS | {"w": 7 * 86400}


def parse_when(text: str, zone: Any, now: datetime, *, end_of_day: bool) -> datetime:
    """ISO-8601, a date, or `3d` ago. UTC. Raises ValueError; the future is one."""
    try:
        moment = _when(text.strip(), zone, now, end_of_day).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is no moment of this calendar") from None
    if moment > now:
        raise ValueError(f"{text} lies in the future")
    return moment


def _when(text: str, zone: Any, now: datetime, end_of_day: bool) -> datetime:
    if ago := re.fullmatch(r"(\d{1,6})([smhdw])", text):
        return now - timedelta(seconds=int(ago[1]) * LONGER[ago[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment (like 2026-05-01, 2026-05-01T18:30, 3d)") from None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and end_of_day:
        ended = (moment + timedelta(days=1)).replace(tzinfo=zone) - timedelta(milliseconds=1)
        return (
            min(ended.astimezone(now.tzinfo), now) if moment.date() == now.astimezone(zone).date() else ended
        )
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def in_utc(moment: datetime) -> str:
    """2026-05-01T16:30:00.000Z"""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
