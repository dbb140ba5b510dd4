"""A calendar by RFC 5545, in its lines of at most 75 bytes."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from .entries import Entry

MAX_LINE = 75  # bytes, without the line end (section 3.1)
ESCAPED = re.compile(r"[\\;,]")  # line ends, too; but a text is one line


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """Return the calendar with an event for each entry."""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ra-syncer//masteries//EN", "CALSCALE:GREGORIAN"),
        *(f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"),
        *(line for entry in entries for line in _event(entry)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in fold(line))


def _event(entry: Entry) -> Iterator[str]:
    """Yield the lines of an event without a length, during which its owner is free."""
    yield from ("BEGIN:VEVENT", f"UID:{entry.id}")
    # Without a METHOD, this is when the event was last revised (section 3.8.7.2).
    yield from (f"DTSTAMP:{_utc(entry.updated)}", f"DTSTART:{_utc(entry.at)}")
    yield from (f"SUMMARY:{_text(entry.title)}", f"DESCRIPTION:{_text(entry.text)}", f"URL:{entry.link}")
    yield from (f"CATEGORIES:{_text(entry.kind)}", "TRANSP:TRANSPARENT", "END:VEVENT")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    return ESCAPED.sub(r"\\\g<0>", text)


def fold(line: str) -> Iterator[str]:
    """Yield the parts of a line; those after the first begin with a space. No character is divided."""
    if len(line.encode()) <= MAX_LINE:
        yield line
        return
    part = ""
    for character in line:
        if len((part + character).encode()) > MAX_LINE:
            yield part
            part = " "
        part += character
    yield part
