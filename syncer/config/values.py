"""Readers for single values: each takes what stands in the configuration and raises ValueError."""

import re
from collections.abc import Callable, Iterable
from datetime import time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer

from syncer.core.formats.site_address import game_id_in, username_in
from syncer.core.formats.timestamps import UNITS
from syncer.core.model.progress import MAX_NUMBER

from .files import raise_if_exhausted
from .text import describe_invisible, unwrap

DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhd])")
MAX_SECONDS = 3650 * 86400
PLAYED = "played"  # all games that the site lists as played
OFF = "off"  # in place of a duration


class Secret:
    """A text that only `reveal` shows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def parse_duration(text: Any) -> float:
    """Return a duration such as 15m in seconds."""
    found = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a duration (like 45s, 15m, 6h, 7d)")
    seconds = float(found[1]) * UNITS[found[2]]
    if seconds > MAX_SECONDS:
        raise ValueError(f"{text!r} is longer than ten years")
    return seconds


def parse_duration_or_off(value: Any) -> float | str:
    """Return a duration in seconds, or the word `off`."""
    if isinstance(value, str) and value.strip() == OFF:
        return OFF
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, nor "{OFF}"') from None


def serialize_duration(seconds: float) -> str:
    """Return the duration in its largest whole unit: 900 seconds are 15m."""
    size, unit = next(
        (s, u) for u, s in reversed(UNITS.items()) if u == "s" or (seconds and seconds % s == 0)
    )
    return f"{seconds / size:g}{unit}"


def parse_game_ids(value: Any) -> Any:
    """Return ids and the word `played`, from a list, a text with commas or a single id."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if not items:
        raise ValueError('no ids; list at least one, like games = [1, 2, 3], or "played"')
    return tuple(dict.fromkeys(parse_each(items, _parse_game_id)))


def parse_each(items: Iterable[Any], parse: Callable[[Any], Any]) -> list[Any]:
    """Return what `parse` makes of each item. Raises ValueError with every problem."""
    parsed, problems = [], []
    for item in items:
        try:
            parsed.append(parse(item))
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ValueError("; ".join(problems))
    return parsed


def _parse_game_id(item: Any) -> int | str:
    if isinstance(item, str):
        item = game_id_in(unwrap(item))
    if item == PLAYED:
        return PLAYED
    # Bounded before int(), which raises another error for a number of thousands of digits.
    is_digits = isinstance(item, str) and re.fullmatch("[0-9]{1,12}", item)
    number = int(item) if is_digits else item
    # type() and not isinstance(): True is an int, too.
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError(f"{item!r} is not a game id (a positive number), nor played")
    return number


def parse_zone(value: Any) -> Any:
    try:
        return ZoneInfo(value)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise_if_exhausted(error)
        raise ValueError(f"{value!r} is not a time zone (like Europe/Berlin)") from None


def parse_times(value: Any) -> Any:
    """Return times of the day, from a list or a text with commas."""
    items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list) or not items:
        raise ValueError('is not a list of times (like ["06:00", "18:30"])')
    return tuple(parse_each(items, _parse_time))


def _parse_time(item: Any) -> time:
    if not isinstance(item, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", item):
        raise ValueError(f"{item!r} is not a time (like 06:00)")
    return time.fromisoformat(item)


def reject_boolean(value: Any) -> Any:
    # For Python, and so for pydantic, True is the number 1.
    if isinstance(value, bool):
        raise ValueError("is not a number")
    return value


def matching(pattern: str, description: str) -> Any:
    """Return a reader that accepts only a text of this pattern."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"is not {description}{_describe_odd(value)}")
        return value

    return check


def _describe_odd(value: Any) -> str:
    """Return which character of a secret or name is the wrong one, if it is an odd one."""
    text = value if isinstance(value, str) else ""
    odd = next((name for char, name in ODD.items() if char in text), "") or describe_invisible(text)
    return f"; it holds {odd}" if odd else ""


def parse_username(value: Any) -> Any:
    """Return a name from a name, @name, or the address of a user's page."""
    return _check_username(username_in(unwrap(value)) if isinstance(value, str) else value)


def parse_key(value: Any) -> Any:
    """Return a key from a key, with quotes around it, after `y=`, or in an address of the API."""
    text = unwrap(value) if isinstance(value, str) else value
    found = KEY_PARAMETER.search(text) if isinstance(text, str) else None
    return _check_key(unwrap(found[1]) if found else text)


ODD = {'"': "a quotation mark", "'": "a quotation mark", " ": "a blank", "=": "an equals sign"}
KEY_PARAMETER = re.compile(r"(?:^|[?&])y=([^&#]*)")  # as the site's examples show it
_check_username = matching("[A-Za-z0-9]{2,20}", "a username (2 to 20 letters and digits)")
# Wider than the site's 32 letters and digits (site-api.md section 2), but nothing of quotes or parameters.
_check_key = matching("(?!.*[\"'`=&?#])[!-~]+", "a key (32 letters and digits)")

Duration = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(serialize_duration)]
DurationOrOff = Annotated[
    float | str,
    BeforeValidator(parse_duration_or_off),
    PlainSerializer(lambda value: OFF if value == OFF else serialize_duration(value)),
]
Name = Annotated[str, BeforeValidator(parse_username)]
Ulid = Annotated[str, BeforeValidator(matching("[A-Za-z0-9]{26}", "a ULID (26 letters and digits)"))]
PositiveInt = Annotated[int, BeforeValidator(reject_boolean)]
Key = Annotated[str, BeforeValidator(parse_key)]
