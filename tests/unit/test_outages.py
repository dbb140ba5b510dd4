"""When many games were left alone together it was one absence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncer.core.monitoring.outages import group_gaps, span

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def gap(begun: float, ended: float | None) -> dict[str, Any]:
    return {"started_at": at(begun), "ended_at": None if ended is None else at(ended)}


@pytest.mark.parametrize(
    ("gaps", "sizes"),
    [
        ([], []),
        ([gap(0, 60)], [1]),
        ([gap(n / 4, 60 + n / 4) for n in range(410)], [410]),  # one run, and a run of a hundred minutes
        ([gap(0, 60), gap(1, 59)], [2]),  # the batches came in another order
        ([gap(0, None), gap(1, None)], [2]),  # it still runs
        ([gap(0, 60), gap(0, 75)], [1, 1]),  # one failed in the run that ended it for the others
        ([gap(-15, 60), gap(0, 60)], [1, 1]),  # one had failed before
        ([gap(0, None), gap(0, 60)], [1, 1]),  # one came back
        ([gap(0, 60), gap(90, 150), gap(0, 60), gap(90, 150)], [2, 2]),  # two absences
        ([gap(-90, 60), gap(0, 60), gap(-90, 61), gap(0, 61)], [2, 2]),  # two that one run ended, in batches
    ],
)
def test_gaps_that_began_and_ended_together_are_one(gaps: list[dict[str, Any]], sizes: list[int]) -> None:
    found = group_gaps(gaps)
    assert sorted(map(len, found)) == sizes
    assert sorted(map(str, (gap for one in found for gap in one))) == sorted(map(str, gaps))


def test_an_absence_reaches_from_its_first_beginning_to_its_last_end() -> None:
    assert span([gap(1, 61), gap(0, 60)]) == (at(0), at(61))
    assert span([gap(1, None), gap(0, None)]) == (at(0), None)
