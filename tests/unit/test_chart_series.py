"""The series of a chart with its gaps; levels of the calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncer.web.api.chart_series import end_in_gap, insert_gaps, one_per_moment, split_gaps
from syncer.web.pages.calendar import with_levels

START = datetime(2026, 5, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def hours(points: list[Any]) -> list[tuple[float, Any]]:
    """Return the time in hours and the first value of each point."""
    return [(round((p[0] - START.timestamp()) / 3600, 3), p[1]) for p in points]


def test_changes_inside_a_gap_appear_at_its_end() -> None:
    points: list[Any] = [(at(hour).timestamp(), hour) for hour in (0, 1, 3, 6)]
    made = insert_gaps(points, [(at(2), at(5))])
    assert hours(made) == [(0, 0), (1, 1), (2, 1), (2, None), (5, 3), (6, 6)]
    assert [p[0] for p in made] == sorted({p[0] for p in made})


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ((-2, -1), [(0, 0), (2, 2)]),  # before the first point: nothing to break
        ((-1, 1), [(0, 0), (2, 2)]),  # no value before the gap
        ((0, 2), [(0, 0), (0, None), (2, 2)]),  # from point to point
        ((2, 3), [(0, 0), (2, 2), (2, None), (3, 2)]),  # after the last one
        ((0.5, 1), [(0, 0), (0.5, 0), (0.5, None), (1, 0), (2, 2)]),
    ],
)
def test_gap_at_the_edge_of_the_points(gap: tuple[float, float], expected: list[Any]) -> None:
    points: list[Any] = [(at(hour).timestamp(), hour) for hour in (0, 2)]
    assert hours(insert_gaps(points, [(at(gap[0]), at(gap[1]))])) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (1, [(0, 0), (1, 0), (1, None), (4, None)]),
        (2, [(0, 0), (2, 2), (2, None), (4, None)]),
        (3, [(0, 0), (2, 2), (3, 2), (3, None), (4, None)]),
        (-1, [(0, None), (4, None)]),  # the gap began before the window
    ],
)
def test_gap_at_the_end_of_the_window_lasts_up_to_there(start: float, expected: list[Any]) -> None:
    points: list[Any] = [(at(hour).timestamp(), hour) for hour in (0, 2)]
    assert hours(end_in_gap(points, at(start), at(4))) == expected
    assert end_in_gap([], at(start), at(4)) == []


def test_gap_lasts_until_the_end_of_the_window_or_is_over() -> None:
    ended, current = {"started_at": at(1), "ended_at": at(3)}, {"started_at": at(5), "ended_at": None}
    assert split_gaps([ended, current], at(9), at(5)) == ([(at(1), at(3))], at(5))
    assert split_gaps([ended, current], at(9), at(6)) == (
        [(at(1), at(3))],
        at(6),
    )  # a change was polled later
    assert split_gaps([ended], at(2), at(5)) == ([], at(1))
    assert split_gaps([ended], at(3), at(5)) == ([(at(1), at(3))], None)
    assert split_gaps([current], at(9), at(9)) == ([], None)


def test_of_two_points_at_one_moment_the_last_one_counts() -> None:
    points: list[Any] = [(0.0, 1, 1), (5.0, 2, 2), (5.0, 7, 3)]
    assert one_per_moment(points) == [(0.0, 1, 1), (5.0, 7, 3)]


def test_outlier_does_not_fade_the_other_days() -> None:
    rows = [{"day": f"2026-05-{n:02}", "achievements": 1, "points": 10 * n} for n in range(1, 20)]
    rows.append({"day": "2026-05-20", "achievements": 40, "points": 100_000})
    levels = [day.level for day in with_levels(rows).values()]
    assert levels == sorted(levels)
    assert set(levels) == {1, 2, 3, 4}
    assert with_levels([{"day": "2026-05-01", "achievements": 1, "points": 0}])[date(2026, 5, 1)].level == 1
