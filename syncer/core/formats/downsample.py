"""Fewer points for a chart that show the same: its extremes stay, and its holes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

Point: TypeAlias = tuple[float, *tuple[float | None, ...]]  # a moment, then each line's value; null: a hole


def downsample_min_max(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of them, in their order: the first, the last, and each line's highest and lowest.

    Holes stay where they are, though two that share a bucket may become one.
    """
    if len(points) <= most:
        return list(points)
    lines = len(points[0]) - 1
    buckets = max(1, most // (3 + 2 * lines))  # what a bucket keeps: two ends, a hole, two of each line
    edges = [len(points) * number // buckets for number in range(buckets + 1)]
    kept = (index for a, b in pairwise(edges) for index in _extremes(points, a, b, lines))
    return [points[index] for index in kept]


def _extremes(points: Sequence[Point], begin: int, end: int, lines: int) -> list[int]:
    """Which points of a bucket are kept, in their order."""
    chosen = {begin, end - 1}
    for line in range(1, lines + 1):
        seen = [index for index in range(begin, end) if points[index][line] is not None]
        if seen:
            chosen.add(min(seen, key=lambda index: points[index][line] or 0))
            chosen.add(max(seen, key=lambda index: points[index][line] or 0))
    holes = (index for index in range(begin, end) if None in points[index])
    chosen.update(hole for hole in [next(holes, None)] if hole is not None)
    return sorted(chosen)
