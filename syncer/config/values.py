"""How single settings are read: each function takes what stood there, and raises ValueError."""

import re
from datetime import time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer

from syncer.core.formats.timestamps import UNITS
from syncer.core.model.progress import MAX_NUMBER

DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhd])")

PLAYED = "played"  # all games that the site lists as played
LONGEST = 3650 * 86400


class Secret:
    """A text that shows itself to nobody but `reveal`."""

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


def seconds(text: Any) -> float:
    """A duration in seconds. Raises ValueError."""
    found = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a duration (like 45s, 15m, 6h, 7d)")
    length = float(found[1]) * UNITS[found[2]]
    if length > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return length


def duration(length: float) -> str:
    """As it would be written: 900 s are 15m."""
    size, unit = next((s, u) for u, s in reversed(UNITS.items()) if u == "s" or (length and length % s == 0))
    return f"{length / size:g}{unit}"


def parse_game_ids(value: Any) -> Any:
    pieces = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if not pieces:
        raise ValueError('no ids; list at least one, like games = [1, 2, 3], or "played"')
    return tuple(dict.fromkeys(_game_id(piece) for piece in pieces))


def _game_id(piece: Any) -> int | str:
    if isinstance(piece, str) and piece.strip() == PLAYED:
        return PLAYED
    number = (
        int(piece)
        if isinstance(piece, str) and piece.strip().isascii() and piece.strip().isdigit()
        else piece
    )
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError(f"{piece!r} is not a game id (a positive number), nor played")
    return number


def parse_zone(value: Any) -> Any:
    try:
        return ZoneInfo(value)
    except (ValueError, TypeError, OSError, KeyError):
        raise ValueError(f"{value!r} is not a time zone (like Europe/Berlin)") from None


def parse_times(value: Any) -> Any:
    pieces = [p.strip() for p in value.split(",")] if isinstance(value, str) else value
    if not isinstance(pieces, list) or not pieces:
        raise ValueError('is not a list of times (like ["06:00", "18:30"])')
    return tuple(_time(piece) for piece in pieces)


def _time(piece: Any) -> time:
    if not isinstance(piece, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", piece):
        raise ValueError(f"{piece!r} is not a time (like 06:00)")
    return time.fromisoformat(piece)


def parse_whole_number(value: Any) -> Any:
    if isinstance(value, bool):  # an int, too, in Python
        raise ValueError("is not a number")
    return value


def matching(pattern: str, what: str) -> Any:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"is not {what}")
        return value

    return check


parse_username = matching("[A-Za-z0-9]{2,20}", "a username (2 to 20 letters and digits)")
parse_key = matching("[!-~]+", "a key (letters and digits, no blanks)")

Duration = Annotated[float, BeforeValidator(seconds), PlainSerializer(duration)]
Name = Annotated[str, BeforeValidator(parse_username)]
Ulid = Annotated[str, BeforeValidator(matching("[A-Za-z0-9]{26}", "a ULID (26 letters and digits)"))]
PositiveInt = Annotated[int, BeforeValidator(parse_whole_number)]
Key = Annotated[str, BeforeValidator(parse_key)]
