"""Gaps of many games that belong to one outage."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncer.core.monitoring.gaps import group_gaps, span

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def gap(started: float, ended: float | None) -> dict[str, Any]:
    return {"started_at": at(started), "ended_at": None if ended is None else at(ended)}


@pytest.mark.parametrize(
    ("gaps", "sizes"),
    [
        ([], []),
        ([gap(0, 60)], [1]),
        (
            [gap(n / 4, 60 + n / 4) for n in range(410)],
            [410],
        ),  # one run, and another one of a hundred minutes
        ([gap(0, 60), gap(1, 59)], [2]),  # the batches were in another order
        ([gap(0, None), gap(1, None)], [2]),  # it has not ended
        ([gap(0, 60), gap(0, 75)], [1, 1]),  # one failed in the run that ended the others
        ([gap(-15, 60), gap(0, 60)], [1, 1]),  # one had failed before
        ([gap(0, None), gap(0, 60)], [1, 1]),  # one was polled again
        ([gap(0, 60), gap(90, 150), gap(0, 60), gap(90, 150)], [2, 2]),  # two outages
        (
            [gap(-90, 60), gap(0, 60), gap(-90, 61), gap(0, 61)],
            [2, 2],
        ),  # two that ended in one run, in two batches
    ],
)
def test_gaps_that_began_and_ended_together_are_one_outage(
    gaps: list[dict[str, Any]], sizes: list[int]
) -> None:
    found = group_gaps(gaps)
    assert sorted(map(len, found)) == sizes
    assert sorted(map(str, (gap for group in found for gap in group))) == sorted(map(str, gaps))


def test_an_outage_lasts_from_the_first_start_to_the_last_end() -> None:
    assert span([gap(1, 61), gap(0, 60)]) == (at(0), at(61))
    assert span([gap(1, None), gap(0, None)]) == (at(0), None)
