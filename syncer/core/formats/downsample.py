"""Min/max downsampling of chart series.

The points are divided into buckets of equal count. Of each bucket the first and the last point are kept, and
for each line the points with its minimum and maximum: the peaks stay, which a mean would flatten. A missing
value (a gap) is kept as well, so that the chart breaks the line there.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

Point: TypeAlias = tuple[float, *tuple[float | None, ...]]  # time, then each line's value; None: a gap


def downsample_min_max(points: Sequence[Point], limit: int) -> list[Point]:
    """Return at most `limit` of the points, in their order. Two gaps in one bucket may become one."""
    if len(points) <= limit:
        return list(points)
    lines = len(points[0]) - 1
    points_per_bucket = 3 + 2 * lines  # first, last, one gap; minimum and maximum of each line
    buckets = max(1, limit // points_per_bucket)
    edges = [len(points) * number // buckets for number in range(buckets + 1)]
    kept = (index for begin, end in pairwise(edges) for index in _select(points, begin, end, lines))
    return [points[index] for index in kept]


def _select(points: Sequence[Point], begin: int, end: int, lines: int) -> list[int]:
    """Return the indexes of the points of a bucket that are kept, in their order."""
    chosen = {begin, end - 1}
    for line in range(1, lines + 1):
        known = [index for index in range(begin, end) if points[index][line] is not None]
        if known:
            chosen.add(min(known, key=lambda index: points[index][line] or 0))
            chosen.add(max(known, key=lambda index: points[index][line] or 0))
    gaps = (index for index in range(begin, end) if None in points[index])
    chosen.update(gap for gap in [next(gaps, None)] if gap is not None)
    return sorted(chosen)
