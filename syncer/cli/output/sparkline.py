"""A curve in one line of text."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

BARS = "▁▂▃▄▅▆▇█"
NOBODY_LOOKED = "·"
Stretch: TypeAlias = tuple[datetime, datetime, int]  # from, until, value


def sparkline(stretches: Sequence[Stretch], until: datetime, width: int, highest: int) -> str:
    """One character for each equal part of the time from the first look until `until`.

    `stretches`: oldest first. A dot where no stretch touches the part: there nobody was looking.
    """
    start = stretches[0][0]
    step = (until - start) / width
    return "".join(_bar(stretches, start + step * n, start + step * (n + 1), highest) for n in range(width))


def _bar(stretches: Sequence[Stretch], begin: datetime, end: datetime, highest: int) -> str:
    touching = [s for s in stretches if (s[0] < end or s[0] == begin) and s[1] >= begin]
    if not touching:
        return NOBODY_LOOKED
    value = touching[-1][2]
    return BARS[min(len(BARS) - 1, value * (len(BARS) - 1) // highest if highest else 0)]
