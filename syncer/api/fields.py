"""Fields of raw answers, read strictly: a value, or a FieldError that names the field.

Identities (ids, the six numbers, an unlock's date and mode) are needed, and cost their entry; every other
field is a decoration, and costs only itself.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import BatchError
from syncer.core.formats.icon import safe_icon
from syncer.core.formats.text import BIDI
from syncer.core.model.progress import MAX_NUMBER, UnparsableEntry

from .excerpt import MAX_ENTRY, evidence

T = TypeVar("T")
D = TypeVar("D")
DIGITS = re.compile(r"[0-9]{1,12}")  # bounded: int() refuses 5,000 digits with an error of its own
# [0-9] and not \d, which matches the digits of every script.
DAY, TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
MOMENT = re.compile(f"{DAY}[ T]{TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?")
YEARS = range(1970, 9999)  # the first and last years of a calendar overflow in other time zones
MAX_LENGTH = 255  # characters of a title
BLANK = re.compile("[\t-\r\x85\u2028\u2029]")  # everything that breaks a line or a column
UNPRINTABLE = re.compile(f"[\0-\x1f\x7f-\x9f{BIDI}\ud800-\udfff]")


class FieldError(ValueError):
    """A field is missing, or of another kind than it should be."""


def field(entry: Any, name: str) -> Any:
    if not isinstance(entry, dict):
        raise FieldError("not a map of fields")
    if name not in entry:
        raise FieldError(f"{name} is missing")
    return entry[name]


def as_number(value: Any) -> int:
    """Parse an integer or a string of ASCII digits, up to 2^31-1 (site-api.md section 13, 7)."""
    found = value if type(value) is int else _of_digits(value)  # a boolean is an int, too
    if not 0 <= found <= MAX_NUMBER:
        raise FieldError("out of range")
    return found


def _of_digits(value: Any) -> int:
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    raise FieldError("not a number")


def as_datetime(value: Any) -> datetime:
    """Parse a date with a time, in any form of site-api.md section 8; without a zone it is UTC."""
    if not (isinstance(value, str) and MOMENT.fullmatch(value)):
        raise FieldError("not a date with a time")
    try:
        moment = datetime.fromisoformat(value)
        found = truncate_to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise FieldError("no such date") from None
    if found.year not in YEARS:
        raise FieldError("no such date")
    return found


def as_text(value: Any) -> str:
    """Sanitise a text for people: the same on every database and terminal, and of limited length.

    Line breaks and tabs become spaces; other control characters, lone surrogates and characters that
    override the direction of writing become U+FFFD.
    """
    if not isinstance(value, str):
        raise FieldError("not a text")
    start = value[: MAX_LENGTH * 4]  # a title can have megabytes
    return UNPRINTABLE.sub("\ufffd", BLANK.sub(" ", start)).strip()[:MAX_LENGTH].rstrip()


def number(entry: Any, name: str) -> int:
    return _read(entry, name, as_number)


def identity(entry: Any, name: str) -> int:
    """Read an id, which is a number above 0."""

    def positive(value: Any) -> int:
        if found := as_number(value):
            return found
        raise FieldError("not an id")

    return _read(entry, name, positive)


def text(entry: Any, name: str) -> str:
    return _read(entry, name, as_text)


def moment(entry: Any, name: str) -> datetime:
    return _read(entry, name, as_datetime)


def decoration(read: Callable[[Any, str], T], entry: Any, name: str, default: D) -> T | D:
    """Read a field that is no identity, or return the default: it never costs the data beside it."""
    try:
        return read(entry, name)
    except FieldError:
        return default


def text_or_empty(entry: Any, name: str) -> str:
    return decoration(text, entry, name, "")


def number_or_none(entry: Any, name: str) -> int | None:
    return decoration(number, entry, name, None)


def identity_or_none(entry: Any, name: str) -> int | None:
    return decoration(identity, entry, name, None)


def moment_or_none(entry: Any, name: str) -> datetime | None:
    return decoration(moment, entry, name, None)


def flag(entry: Any, name: str) -> bool:
    """Read a boolean, or 0 or 1: the site has changed flags from one to the other (site-api.md 5.2)."""
    value = field(entry, name)
    if type(value) is bool:
        return value
    if type(value) is int and value in (0, 1):
        return value == 1
    raise FieldError(f"{name}: neither true nor false")


def icon(entry: Any, name: str) -> str:
    """Read a path on the site; any other text becomes empty, so that no page links to another host."""
    return safe_icon(text_or_empty(entry, name))


def _read(entry: Any, name: str, read: Callable[[Any], T]) -> T:
    value = field(entry, name)
    try:
        return read(value)
    except FieldError as error:
        raise FieldError(f"{name}: {error}") from None


def rows(
    entries: Sequence[Any], read: Callable[[Any], T]
) -> tuple[tuple[T, ...], tuple[UnparsableEntry, ...]]:
    """Return the rows that can be parsed, and evidence of those that cannot: a bad row spoils no other."""
    found: list[T] = []
    unparsable: list[UnparsableEntry] = []
    for entry in entries:
        try:
            found.append(read(entry))
        except FieldError as error:
            unparsable.append(UnparsableEntry(str(error), evidence(entry, MAX_ENTRY)))
    return tuple(found), tuple(unparsable)


def expect_list(value: Any, of: str) -> list[Any]:
    """Return the value, or raise BatchError where it is not a list."""
    if not isinstance(value, list):
        raise BatchError(f"the answer is not a list of {of}", raw=evidence(value))
    return value
