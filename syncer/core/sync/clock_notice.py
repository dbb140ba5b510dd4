"""What a person should know about a wrong clock: how far it is off, and which rows were stamped by it."""

from datetime import datetime, timedelta

from syncer.core.errors import SiteUnavailable
from syncer.core.formats.text import format_duration
from syncer.core.site_clock import SiteClock

SET_CLOCK = "Set the machine's clock: timedatectl set-ntp true"
# Without a moment that moves on: the log repeats no equal warning.
MINUTES = "%Y-%m-%d %H:%M"


def offset_text(offset: timedelta) -> str:
    """Return how far the machine's clock is off. `offset`: how much it has to be set forward."""
    direction = "slow" if offset > timedelta(0) else "fast"
    return f"the machine's clock is {format_duration(abs(offset))} {direction}"


def clock_notice(clock: SiteClock, ahead_until: datetime | None) -> str:
    """Return what is recorded instead of our clock's time, or an empty text.

    `ahead_until`: until when rows are stamped in the future.
    """
    parts, offset = [], clock.offset
    if offset:
        counts = "the site's time is recorded" if clock.is_proven else "the time before its step goes on"
        parts.append(f"{offset_text(offset)}; {counts}")
    if ahead_until:
        until = f"{ahead_until:{MINUTES}} UTC"
        parts.append(f"a fast clock has stamped polls up to {until}; until then new ones follow them closely")
    return "; ".join(parts)


def clock_error(at: datetime) -> SiteUnavailable:
    """Return the error of a run whose polls have no place among the stored ones."""
    what = f"it shows {at:{MINUTES}} UTC, and the site's answer has no date"
    hint = f"{SET_CLOCK}. If it is right: polls are recorded again once it has passed the newest stored one."
    return SiteUnavailable(f"the machine's clock cannot be right: {what}", hint=hint)
