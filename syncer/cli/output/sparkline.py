"""A curve in one line of text."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
Segment: TypeAlias = tuple[datetime, datetime, int]  # from, until, value


def sparkline(segments: Sequence[Segment], until: datetime, width: int, highest: int) -> str:
    """Return one character for each equal part of the time from the first segment until `until`.

    `segments` are in order. The last one that touches a part gives its height; without one it is a dot.
    """
    start = segments[0][0]
    step = (until - start) / width
    return "".join(_bar(segments, start + step * n, start + step * (n + 1), highest) for n in range(width))


def _bar(segments: Sequence[Segment], start: datetime, end: datetime, highest: int) -> str:
    # A segment that begins where the part ends belongs to the next part, unless the part has no length.
    touching = [s for s in segments if (s[0] < end or s[0] == start) and s[1] >= start]
    if not touching:
        return GAP
    value = touching[-1][2]
    return BARS[min(len(BARS) - 1, value * (len(BARS) - 1) // highest if highest else 0)]
