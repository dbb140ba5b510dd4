"""How long a Retry-After header asks a client to wait."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")


def http_date(text: str | None) -> datetime | None:
    """Parse an HTTP date into UTC; None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def seconds_to_wait(text: str | None, now: datetime) -> float | None:
    """Return seconds, more than 0; None where the header is absent or unusable.

    `now`: the answer's own Date, since the site's clock may differ from ours.
    """
    text = (text or "").strip()
    if SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        moment = http_date(text)
        seconds = (moment - now).total_seconds() if moment else 0.0
    return seconds if seconds > 0 and math.isfinite(seconds) else None
