"""What `account_snapshots` must hold: each measure as the site returned it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TypeAlias

from .truth import Truth
from .values import Answer

SIX_HOURS = timedelta(hours=6)
MIN_POLLS = 3  # of zeros, before they are accepted
CLOSE = timedelta(seconds=5)  # between an answer and the row that it began
FIELDS = {  # of each measure, in the endpoints that return it
    "hardcore_points": ("TotalPoints", "Points", "Score"),
    "softcore_points": ("TotalSoftcorePoints", "SoftcorePoints", "SoftcoreScore"),
    "retro_points": ("TotalTruePoints",),
    "rank": ("Rank",),
}
Series: TypeAlias = list[tuple[datetime, object]]


def account_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return where the periods of a measure differ from those of the accepted answers."""
    wrong = []
    for measure, names in FIELDS.items():
        expected = _changes((a.at, value) for a in accepted(truth.sums) for value in _values(a, names))
        rows = [one for one in stored if one["measure"] == measure]
        found = _changes((one["first_seen_at"], one["value"]) for one in rows)  # type: ignore[misc]
        for right, has in zip_longest(expected, found):
            if right is None or has is None or right[1] != has[1] or abs(right[0] - has[0]) > CLOSE:
                wrong.append(f"{measure}: {has} instead of {right}")
                break
    return wrong


def accepted(answers: list[Answer]) -> Iterator[Answer]:
    """Yield the answers that count: zeros after sums that were none only after six hours and three polls."""
    known, suspect = (0, 0), list[Answer]()
    for answer in answers:
        if any(known) and not any(answer.totals):
            suspect.append(answer)
            if answer.at - suspect[0].at < SIX_HOURS or len(suspect) < MIN_POLLS:
                continue
        known, suspect = answer.totals, []
        yield answer


def _values(answer: Answer, names: tuple[str, ...]) -> list[object]:
    return [answer.data[name] for name in names if name in answer.data]


def _changes(returned: Iterator[tuple[datetime, object]]) -> Series:
    """Return where the value changes; a row that resumes after a gap repeats the one before."""
    found: Series = []
    for at, value in returned:
        if not found or found[-1][1] != value:
            found.append((at, value))
    return found
