"""Gaps of many games that were one absence. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

Gap: TypeAlias = Mapping[str, Any]  # started_at, ended_at: null where it still runs
MERGE_WITHIN = timedelta(
    minutes=5
)  # between two answers of one run, with all its patience; runs are further apart
OPEN_END = datetime.max.replace(tzinfo=UTC)


def group_gaps(gaps: Iterable[Gap]) -> list[list[Gap]]:
    """Gaps that began together, in one run, and ended together, in another; in no order.

    A game that was left out earlier, or looked at again later, than the others is an absence of its own.
    """
    return [ended for begun in _overlap(gaps, _start) for ended in _overlap(begun, _end)]


def span(absence: Iterable[Gap]) -> tuple[datetime, datetime | None]:
    """From its first beginning to its last end; null where it still runs."""
    gaps = list(absence)
    end = max(map(_end, gaps))
    return min(map(_start, gaps)), None if end == OPEN_END else end


def _overlap(gaps: Iterable[Gap], when: Callable[[Gap], datetime]) -> list[list[Gap]]:
    """Cut where the next one is more than a while later."""
    ordered = sorted(gaps, key=when)
    found = [ordered[:1]] if ordered else []
    for before, gap in pairwise(ordered):
        if when(gap) - when(before) <= MERGE_WITHIN:
            found[-1].append(gap)
        else:
            found.append([gap])
    return found


def _start(gap: Gap) -> datetime:
    start: datetime = gap["started_at"]
    return start


def _end(gap: Gap) -> datetime:
    return gap["ended_at"] or OPEN_END
