"""Points in time: parsing what people write, and the format for programs."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from syncer.core.model.progress import EPOCH

MILLISECOND = timedelta(milliseconds=1)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DAYS_AGO = {"today": 0, "yesterday": 1}
LONG_UNITS = UNITS | {"w": 7 * 86400}


def parse_timestamp(text: str, zone: Any, now: datetime, *, end_of_day: bool) -> datetime:
    """Parse ISO 8601, a date, a word such as `now`, or `3d` (ago), as UTC.

    Raises ValueError, also for a time in the future.
    """
    try:
        moment = _parse(text.strip(), zone, now, end_of_day).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside of the calendar") from None
    if moment > now:
        raise ValueError(f"{text} lies in the future")
    return moment


def is_date(text: str) -> bool:
    """Return whether it is a date without a time, in any of ISO's forms: 2026-05-01, 20260501, 2026-W18-5."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def start_of(day: date, zone: Any) -> datetime:
    """Return when a day begins in the zone, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: Any) -> datetime:
    """Return the last millisecond of a day in the zone, as UTC; an hour that is repeated belongs to it."""
    return start_of(day + timedelta(days=1), zone) - MILLISECOND


def to_milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970."""
    return (moment - EPOCH) // MILLISECOND


def from_milliseconds(number: int) -> datetime:
    """Return the moment, in UTC."""
    return EPOCH + number * MILLISECOND


def _parse(text: str, zone: Any, now: datetime, end_of_day: bool) -> datetime:
    if ago := re.fullmatch(r"(\d{1,6})([smhdw])", text):
        return now - timedelta(seconds=int(ago[1]) * LONG_UNITS[ago[2]])
    if text.lower() == "now":
        return now
    if (days := DAYS_AGO.get(text.lower())) is not None:
        text = (now.astimezone(zone).date() - timedelta(days=days)).isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a time (like 2026-05-01, 2026-05-01T18:30, 3d, 2w, yesterday)"
        ) from None
    if is_date(text) and end_of_day:
        ended = end_of(moment.date(), zone)
        return min(ended, now) if moment.date() == now.astimezone(zone).date() else ended
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def format_utc(moment: datetime) -> str:
    """Return the time in the form 2026-05-01T16:30:00.000Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
