"""How values read on a page: numbers, times in the player's zone, durations, names of changes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from markupsafe import Markup

from syncer.core.formats.site_address import achievement_page, game_page, user_page
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.formats.timestamps import format_utc
from syncer.core.milestones.states import STATE_TEXTS
from syncer.core.milestones.texts import revision_text
from syncer.core.polling.hours import Played, format_played

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
STATES = {state.value: text for state, text in STATE_TEXTS.items()}
STATE_TONE = {
    "mastered": "mastered",
    "completed": "good",
    "beaten-hardcore": "good",
    "beaten-softcore": "good",
}
DAY = timedelta(days=1)
NO_BREAK = "\u00a0"
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


def revision(change: Mapping[str, Any]) -> str:
    """Return how a change revised the set: 34 -> 35 achievements; empty if their number is the same."""
    possible = change["num_possible_achievements"]
    return revision_text(possible - (change["num_possible_achievements_delta"] or 0), possible)


def share(value: float) -> str:
    """Return a percentage without needless decimals: 62.5 %, 100 %."""
    return f"{value:g}{NO_BREAK}%"


def hours(played: Played) -> str:
    """Return how long was played, without a line break inside a number and its unit."""
    return format_played(played).replace(" h", f"{NO_BREAK}h").replace("± ", f"±{NO_BREAK}")


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


class Times:
    """Times in the zone of the player, each with UTC as its tooltip; relative ones with both."""

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
        day, today = self._local(moment).date(), self._local(self._now).date()
        if day == today:
            return "%H:%M"
        return "%-d\u00a0%b, %H:%M" if day.year == today.year else f"{DATE}, %H:%M"

    def hour(self, moment: datetime | None) -> str:
        """Return the hour and minute: the day is known."""
        return self._time(moment, "%H:%M")

    def recent(self, moment: datetime | None) -> str:
        """Return how long ago a moment of today was, "yesterday" with the hour, or as clock() does."""
        if moment is None or moment > self._now:
            return self.clock(moment)
        day, today = self._local(moment).date(), self._local(self._now).date()
        if day == today:
            return self._time(moment, self._past(moment).replace(" ", NO_BREAK), is_relative=True)
        if day == today - DAY:
            return self._time(moment, "yesterday, %H:%M", is_relative=True)
        return self._time(moment, self._form(moment))

    def ago(self, moment: datetime | None) -> str:
        """Return how long ago the moment was."""
        if moment is None:
            return Markup("never")
        return self._time(moment, self._past(moment), is_relative=True)

    def _past(self, moment: datetime) -> str:
        return f"{format_duration(max(timedelta(0), self._now - moment))} ago"

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    def _time(self, moment: datetime | None, form: str, *, is_relative: bool = False) -> str:
        if moment is None:
            return Markup("–")
        # `form` is a format, or a finished text such as "5m ago".
        shown = f"{self._local(moment):{form}}" if "%" in form else form
        title = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        if is_relative:
            title = f"{self._local(moment):%-d %b %Y, %H:%M:%S}; {title}"
        # Markup.format() escapes its arguments; an f-string would not.
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(moment), title, shown)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


FILTERS: dict[str, Any] = {
    "number": number,
    "signed": signed,
    "duration": format_duration,
    "hours": hours,
    "megabytes": megabytes,
    "pluralize": pluralize,
    "game_page": game_page,
    "achievement_page": achievement_page,
    "user_page": user_page,
    "revision": revision,
    "share": share,
    "utc": format_utc,
}
