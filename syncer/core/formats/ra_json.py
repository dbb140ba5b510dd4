"""The wire format of the site, for servers that answer like it (site-api.md 3, 4, 5.1, 8)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from syncer.core.model.progress import GameId

from . import php

FIELDS = (
    "NumPossibleAchievements",
    "PossibleScore",
    "NumAchieved",
    "ScoreAchieved",
    "NumAchievedHardcore",
    "ScoreAchievedHardcore",
)
ULID_LENGTH = 26
INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")  # PHP's FILTER_VALIDATE_INT, which takes no leading zeros


def progress_entry(numbers: Sequence[int]) -> dict[str, int]:
    """Return one game of an answer."""
    return dict(zip(FIELDS, numbers, strict=True))


def game_ids(text: str) -> list[GameId]:
    """Parse parameter `i`: positive numbers, each once, in order; anything else is dropped."""
    numbers = [php.integer(piece) for piece in text.split(",")]
    return list(dict.fromkeys(n for n in numbers if n is not None and n > 0))


def user(values: Mapping[str, php.Value]) -> str:
    """Return parameter `u`, a ULID or a name. Raises ValueError with the site's message."""
    value = values.get("u")
    if value is None:
        raise ValueError("The u field is required.")
    if not isinstance(value, str):
        raise ValueError("The u field must be a string.")
    if not (value.isascii() and value.isalnum()):
        raise ValueError("The u must only contain letters and numbers.")
    if len(value) != ULID_LENGTH and not 2 <= len(value) <= 20:
        raise ValueError("The u must be between 2 and 20 characters when providing a username.")
    return value


def integer(
    values: Mapping[str, php.Value], name: str, default: int, *, minimum: int, maximum: int | None = None
) -> int:
    """Return a parameter that the site validates (site-api.md 5.3, 5.9). Raises ValueError."""
    value = values.get(name)
    if value is None:
        return default
    if not (isinstance(value, str) and INTEGER.fullmatch(value)):
        raise ValueError(f"The {name} must be an integer.")
    if int(value) < minimum:
        raise ValueError(f"The {name} must be at least {minimum}.")
    if maximum is not None and int(value) > maximum:
        raise ValueError(f"The {name} must not be greater than {maximum}.")
    return int(value)


def without_zone(moment: datetime) -> str:
    """Return a moment in the form that most fields have: in UTC, to the second (site-api.md section 8)."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def failure(status: int, message: str, code: str) -> dict[str, Any]:
    """Return the body of an error that is not about a parameter."""
    return {"message": message, "errors": [{"status": str(status), "code": code, "title": message}]}


def invalid(problems: Mapping[str, str]) -> dict[str, Any]:
    """Return the body of a 422 in Laravel's form: the first message, how many more, and all by parameter."""
    first, more = next(iter(problems.values())), len(problems) - 1
    note = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return {"message": first + note, "errors": {name: [problem] for name, problem in problems.items()}}
