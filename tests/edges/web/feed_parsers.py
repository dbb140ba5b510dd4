"""Feeds and calendars as two parsers of each read them, as rows that can be compared.

Entries: id, title, summary, link, published, updated, kind. Events: id, title, text, link, start, revised.
"""

from datetime import UTC, datetime
from typing import Any

import atoma
import feedparser
import icalendar
import vobject


def by_feedparser(body: bytes) -> list[tuple[Any, ...]]:
    found = feedparser.parse(body, sanitize_html=False)
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    return [
        (e.id, e.title, e.summary, e.link, parse(e.published), parse(e.updated), e.tags[0].term)
        for e in found.entries
    ]


def by_atoma(body: bytes) -> list[tuple[Any, ...]]:
    found = atoma.parse_atom_bytes(body)
    return [
        (e.id_, e.title.value, e.summary.value, e.links[0].href, e.published, e.updated, e.categories[0].term)
        for e in found.entries
    ]


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


def by_icalendar(body: bytes) -> list[tuple[Any, ...]]:
    calendar: Any = icalendar.Calendar.from_ical(body)
    assert [component.errors for component in calendar.walk() if component.errors] == []
    return [
        (
            str(e["UID"]),
            str(e["SUMMARY"]),
            str(e["DESCRIPTION"]),
            str(e["URL"]),
            e["DTSTART"].dt,
            e["DTSTAMP"].dt,
        )
        for e in calendar.walk("VEVENT")
    ]


def by_vobject(body: bytes) -> list[tuple[Any, ...]]:
    calendar = vobject.readOne(body.decode())
    calendar.validate(raiseException=True)
    return [
        (
            *(e.uid.value, e.summary.value, e.description.value, e.url.value),
            *(e.dtstart.value.astimezone(UTC), e.dtstamp.value.astimezone(UTC)),
        )
        for e in calendar.contents.get("vevent", ())
    ]
