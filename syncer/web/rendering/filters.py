"""How values read on a page: numbers, times in the player's zone, durations, names of changes."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from markupsafe import Markup

from syncer.core.formats.text import format_duration, pluralize
from syncer.core.polling.hours import format_played

CHANGE_LABELS = {  # by kind of change
    "baseline": "first poll",
    "resumed": "unchanged",
    "unlock": "unlocked",
    "hardcore_upgrade": "unlocked in hardcore",
    "reset": "progress reset",
    "demoted": "demoted",
    "set_revised": "set revised",
    "gone": "set removed",
    "returned": "set returned",
    "reweighted": "points revised",
    "restored": "came back",
    "unconfirmed": "not confirmed yet",
}
CHANGE_TONE = {  # good or bad for the player, or made by the site
    **dict.fromkeys(("unlock", "hardcore_upgrade"), "good"),
    **dict.fromkeys(("reset", "demoted", "gone"), "bad"),
    **dict.fromkeys(("set_revised", "returned", "reweighted", "restored", "unconfirmed"), "site"),
}
REJECTION_REASONS = {
    "suspect_zero": "all numbers fell to zero at once",
    "unparsable_row": "a row of a list could not be read",
    "mass_drop": "many games fell to zero in one answer",
    "unsettled": "an unlock was being written",
    "hardcore_above_all": "more in hardcore than in total",
    "unparsable": "could not be parsed",
    "missing": "the game was missing from the answer",
    "clock": "the clocks disagreed",
}
AWARDS = {
    "mastered": "mastered",
    "completed": "completed",
    "beaten-hardcore": "beaten",
    "beaten-softcore": "beaten (softcore)",
}
DATE = "%-d\u00a0%b\u00a0%Y"  # no line break inside a date


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def signed(value: int | None) -> str:
    """Return +12 or −3, and nothing for zero."""
    return "" if not value else f"{value:+,}".replace("-", "−")


def percent(part: int, whole: int) -> float:
    """Return the percentage, rounded down: 100 means all."""
    # min(): while the site recounts, more can be achieved than possible (site-api.md section 6).
    return int(1000 * min(part, whole) / whole) / 10 if whole else 0.0


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


class Times:
    """Times in the zone of the player, each with UTC as its tooltip."""

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone, self._now = zone, now

    def when(self, moment: datetime | None) -> str:
        """Return date, hour and minute."""
        return self._time(moment, f"{DATE}, %H:%M")

    def day(self, moment: datetime | None) -> str:
        """Return the date."""
        return self._time(moment, DATE)

    def clock(self, moment: datetime | None) -> str:
        """Return the hour and minute, with the date unless it is today's, and with another year."""
        return self._time(moment, self._form(moment) if moment else "")

    def _form(self, moment: datetime) -> str:
        day, today = moment.astimezone(self._zone).date(), self._now.astimezone(self._zone).date()
        if day == today:
            return "%H:%M"
        return "%-d\u00a0%b, %H:%M" if day.year == today.year else f"{DATE}, %H:%M"

    def ago(self, moment: datetime | None) -> str:
        """Return how long ago the moment was."""
        if moment is None:
            return Markup("never")
        past = f"{format_duration(max(timedelta(0), self._now - moment))} ago"
        return self._time(moment, past)

    def _time(self, moment: datetime | None, form: str) -> str:
        if moment is None:
            return Markup("–")
        # `form` is a format, or a finished text such as "5m ago".
        shown = f"{moment.astimezone(self._zone):{form}}" if "%" in form else form
        title = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        # Markup.format() escapes its arguments; an f-string would not.
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(moment), title, shown)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


FILTERS: dict[str, Any] = {
    "number": number,
    "signed": signed,
    "duration": format_duration,
    "hours": format_played,
    "megabytes": megabytes,
    "pluralize": pluralize,
}
