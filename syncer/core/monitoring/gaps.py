"""Joining gaps of single games into outages, and the share of time without gaps. Pure.

An outage of the daemon or of the site leaves one gap in each game. They are joined by single-linkage
clustering in one dimension: gaps are sorted by time, and a distance of more than MERGE_WITHIN between
neighbours begins the next group. This is done by the start and, within each group, by the end. A group is
thus a set of gaps that began in one run and ended in one other run. Neighbours are compared, not the ends of
a group, because a run over many games takes longer than MERGE_WITHIN in total.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

Gap: TypeAlias = Mapping[str, Any]  # started_at; ended_at, None if it has not ended
# More than the time between two answers of one run with all retries, less than between two runs.
MERGE_WITHIN = timedelta(minutes=5)
OPEN_END = datetime.max.replace(tzinfo=UTC)


def group_gaps(gaps: Iterable[Gap]) -> list[list[Gap]]:
    """Return the gaps grouped by outage, in no order.

    A game that was left out earlier than the others, or polled later, is an outage by itself.
    """
    return [group for started in _cluster(gaps, _start) for group in _cluster(started, _end)]


def span(outage: Iterable[Gap]) -> tuple[datetime, datetime | None]:
    """Return the first start and the last end; None if the outage has not ended."""
    gaps = list(outage)
    end = max(map(_end, gaps))
    return min(map(_start, gaps)), None if end == OPEN_END else end


def covered_share(
    gaps: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime
) -> float | None:
    """Return the share of a time that lies in none of the gaps, which do not overlap; None: it is empty."""
    if until <= since:
        return None
    lost = (min(end, until) - max(start, since) for start, end in gaps)
    return 1 - sum((length for length in lost if length > timedelta(0)), timedelta(0)) / (until - since)


def _cluster(gaps: Iterable[Gap], time_of: Callable[[Gap], datetime]) -> list[list[Gap]]:
    ordered = sorted(gaps, key=time_of)
    groups = [ordered[:1]] if ordered else []
    for before, gap in pairwise(ordered):
        if time_of(gap) - time_of(before) <= MERGE_WITHIN:
            groups[-1].append(gap)
        else:
            groups.append([gap])
    return groups


def _start(gap: Gap) -> datetime:
    start: datetime = gap["started_at"]
    return start


def _end(gap: Gap) -> datetime:
    return gap["ended_at"] or OPEN_END
