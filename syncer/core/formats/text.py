"""Numbers and lengths of time as text for people."""

import re
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from itertools import islice

BIDI = "\u202a-\u202e\u2066-\u2069"  # characters that override the direction of writing, as a range
DIGITS = re.compile("([0-9]{1,18})")  # a longer number is several
DURATION_UNITS = ((86400, "days"), (3600, "h"), (60, "min"))


def fold(text: str) -> str:
    """Return the text for comparisons in which neither case nor accents count: Pokémon is pokemon."""
    folded = text.casefold()
    if folded.isascii():  # most titles: a fifth of the time, for thousands of games
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def natural_key(text: str) -> list[str | int]:
    """Return a key that sorts texts as people do: Player7 before Player11, and no case or accent counts."""
    # Texts and numbers take turns, so that two keys compare text with text and number with number.
    return [int(part) if index % 2 else part for index, part in enumerate(DIGITS.split(fold(text)))]


def pluralize(number: int, thing: str) -> str:
    """Return a number with its noun: 1 request, 2 requests, 35,040 runs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def title_or_id(title: str | None, game_id: int) -> str:
    """Return the title of a game or, while it is not known, game 123."""
    return title or f"game {game_id}"


def name_some(names: Collection[str], most: int = 10) -> str:
    """Return names in a sentence; of many the first ones: A, B and 38 more."""
    shown = ", ".join(islice(names, most))
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def format_duration(length: timedelta | float) -> str:
    """Return a length of time (a number is in seconds) in one rounded unit: 4 s, 12 min, 3 h, 5 days."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    size, unit = next((pair for pair in DURATION_UNITS if seconds >= 2 * pair[0]), (1, "s"))
    return f"{seconds / size:,.0f} {unit}"
