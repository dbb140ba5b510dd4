"""How values read on a page: numbers, moments in the player's zone, lengths of time, names of changes."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from markupsafe import Markup

from syncer.core.formats.text import format_duration, pluralize

CHANGE_LABELS = {  # the names of changes as people say them
    "baseline": "first look",
    "resumed": "looked again, all the same",
    "unlock": "unlocked",
    "hardcore_upgrade": "redone in hardcore",
    "reset": "progress reset",
    "demoted": "demoted",
    "set_revised": "set revised",
    "gone": "set gone",
    "returned": "set is back",
    "reweighted": "points revised",
}
CHANGE_TONE = {  # which of them are good, bad, or the site's doing
    **dict.fromkeys(("unlock", "hardcore_upgrade"), "good"),
    **dict.fromkeys(("reset", "demoted", "gone"), "bad"),
    **dict.fromkeys(("set_revised", "returned", "reweighted"), "site"),
}
REASONS = {  # why an answer was not believed
    "suspect_zero": "all numbers fell to zero at once",
    "mass_drop": "many games fell to zero in one answer",
    "hardcore_above_all": "more hardcore than all together",
    "unparsable": "could not be read",
    "missing": "a game was left out",
    "clock": "the clocks disagreed",
}
AWARDS = {
    "mastered": "mastered",
    "completed": "completed",
    "beaten-hardcore": "beaten in hardcore",
    "beaten-softcore": "beaten",
}
DATE = "%-d\u00a0%b\u00a0%Y"  # what belongs together stays on one line


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def signed(value: int | None) -> str:
    """+12, −3; nothing for no change."""
    return "" if not value else f"{value:+,}".replace("-", "−")


def percent(part: int, whole: int) -> float:
    """Percent; rounded down, for only all is 100."""
    return int(1000 * min(part, whole) / whole) / 10 if whole else 0.0


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


class Times:
    """Moments as the zone's clocks show them, with UTC where a pointer rests."""

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone, self._now = zone, now

    def when(self, moment: datetime | None) -> str:
        return self._time(moment, f"{DATE}, %H:%M")

    def day(self, moment: datetime | None) -> str:
        return self._time(moment, DATE)

    def clock(self, moment: datetime | None) -> str:
        """The hour of a moment that is today or tomorrow, else also its day."""
        near = moment is not None and abs(moment - self._now) < timedelta(hours=20)
        return self._time(moment, "%H:%M" if near else "%-d\u00a0%b, %H:%M")

    def ago(self, moment: datetime | None) -> str:
        if moment is None:
            return Markup("never")
        past = f"{format_duration(max(timedelta(0), self._now - moment))} ago"
        return self._time(moment, past)

    def _time(self, moment: datetime | None, form: str) -> str:
        if moment is None:
            return Markup("–")
        shown = f"{moment.astimezone(self._zone):{form}}" if "%" in form else form
        title = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(moment), title, shown)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


FILTERS: dict[str, Any] = {
    "number": number,
    "signed": signed,
    "lasting": format_duration,
    "megabytes": megabytes,
    "counted": pluralize,
}
