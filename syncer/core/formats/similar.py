"""Titles that are almost what a person has typed."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from .text import fold

CUTOFF = 0.75  # of difflib: the share of characters that are the same


def most_similar(words: str, titles: Sequence[str], limit: int) -> list[int]:
    """Return the places of the titles of which a part is most like the words, the nearest first.

    Neither case nor accents count. A part has as many words as were typed.
    """
    wanted = fold(words).strip()
    if not wanted:
        return []
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        for part in _parts(fold(title), len(wanted.split())):
            places.setdefault(part, place)
    # More than wanted, as several parts may belong to one title.
    near = get_close_matches(wanted, places, 3 * limit, CUTOFF)
    return list(dict.fromkeys(places[part] for part in near))[:limit]


def _parts(title: str, count: int) -> Iterable[str]:
    """Return the title and each run of `count` words of it."""
    words = title.split()
    return [title, *(" ".join(words[n : n + count]) for n in range(len(words) - count + 1))]
