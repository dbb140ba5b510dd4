"""The series of a chart with its gaps; streaks and levels of the calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.web.api.chart_series import game_series, insert_gaps, one_per_moment
from syncer.web.pages.calendar import current_streak, longest_streak, with_levels

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


def snapshot(begin: float, end: float, numbers: tuple[int, ...], kind: str, *, late: bool = False) -> Any:
    row = {"first_seen_at": at(begin), "last_seen_at": at(end), "kind": kind, "after_gap": late}
    return row | dict(zip(PROGRESS_COLUMNS, numbers, strict=True))


def test_game_has_a_point_per_snapshot_and_its_marks() -> None:
    series = game_series(
        [
            snapshot(0, 1, (4, 40, 3, 30, 4, 40), "baseline"),
            snapshot(2, 3, (4, 40, 4, 40, 4, 40), "unlock"),
            snapshot(9, 10, (4, 40, 0, 0, 0, 0), "reset", late=True),
            snapshot(11, 12, (6, 60, 0, 0, 0, 0), "set_revised"),
        ],
        at(0),
        at(12),
    )
    points = hours([(p[0], p[1:]) for p in series.points])
    assert points == [
        (0, (3, 4, 4)),
        (2, (4, 4, 4)),
        (3, (4, 4, 4)),
        (3, (None, None, None)),
        (9, (0, 0, 4)),
        (11, (0, 0, 6)),
        (12, (0, 0, 6)),
    ]
    assert series.gaps == [(at(3), at(9))]
    kinds = sorted((mark.kind, mark.at) for mark in series.marks)
    assert kinds == [("completed", at(2)), ("mastered", at(0)), ("reset", at(9)), ("set_revised", at(11))]


def test_snapshot_over_the_edge_of_the_window_ends_at_the_edge() -> None:
    """The value that holds at the edge is a point of the window, and its mark is not."""
    series = game_series(
        [
            snapshot(0, 3, (4, 40, 4, 40, 4, 40), "set_revised"),
            snapshot(4, 9, (4, 40, 0, 0, 0, 0), "reset"),
        ],
        at(2),
        at(7),
    )
    assert hours(series.points) == [(2, 4), (4, 0), (7, 0)]
    assert [mark.kind for mark in series.marks] == ["reset"]


def test_snapshot_of_one_poll_has_one_point() -> None:
    series = game_series(
        [snapshot(0, 0, (4, 40, 3, 30, 0, 0), "baseline"), snapshot(2, 2, (4, 40, 4, 40, 0, 0), "unlock")],
        at(0),
        at(2),
    )
    assert hours(series.points) == [(0, 3), (2, 4)]


def test_of_two_points_at_one_moment_the_last_one_counts() -> None:
    points: list[Any] = [(0.0, 1, 1), (5.0, 2, 2), (5.0, 7, 3)]
    assert one_per_moment(points) == [(0.0, 1, 1), (5.0, 7, 3)]


def test_streaks() -> None:
    days = [date(2026, 5, day) for day in (1, 2, 4, 5, 6, 9)]
    assert longest_streak(days) == (3, date(2026, 5, 6))
    assert longest_streak([]) == (0, None)
    assert longest_streak(days, date(2026, 5, 5)) == (3, date(2026, 5, 6))  # began earlier
    assert longest_streak(days, date(2026, 5, 7)) == (1, date(2026, 5, 9))
    assert current_streak(days, date(2026, 5, 6)) == 3
    assert current_streak(days, date(2026, 5, 7)) == 3  # today is not over
    assert current_streak(days, date(2026, 5, 8)) == 0


def test_outlier_does_not_fade_the_other_days() -> None:
    rows = [{"day": f"2026-05-{n:02}", "achievements": 1, "points": 10 * n} for n in range(1, 20)]
    rows.append({"day": "2026-05-20", "achievements": 40, "points": 100_000})
    levels = [day.level for day in with_levels(rows).values()]
    assert levels == sorted(levels)
    assert set(levels) == {1, 2, 3, 4}
    assert with_levels([{"day": "2026-05-01", "achievements": 1, "points": 0}])[date(2026, 5, 1)].level == 1
