"""The series of a game's chart: polled, rebuilt from unlocks before that, and its marks."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syncer.core.milestones.states import Milestone
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import EPOCH, PROGRESS_COLUMNS
from syncer.web.api.chart_marks import marks_of
from syncer.web.api.game_series import game_series

START = datetime(2026, 5, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def hours(points: list[Any]) -> list[tuple[float, Any]]:
    """Return the time in hours and the first value of each point."""
    return [(round((p[0] - START.timestamp()) / 3600, 3), p[1]) for p in points]


def snapshot(begin: float, end: float, numbers: tuple[int, ...], kind: str, *, late: bool = False) -> Any:
    row = {"first_seen_at": at(begin), "last_seen_at": at(end), "kind": kind, "after_gap": late}
    row["num_possible_achievements_delta"] = 2 if kind == "set_revised" else 0
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
    assert kinds == [("completed", at(2)), ("reset", at(9)), ("set_revised", at(11))]


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


def unlock(achievement: int, hour: float, *, hardcore: bool = True) -> dict[str, Any]:
    return {"achievement_id": achievement, "unlocked_at": at(hour), "hardcore": hardcore}


FIRST = [snapshot(10, 12, (4, 40, 3, 30, 2, 20), "baseline")]
UNLOCKS = [
    unlock(3, 5, hardcore=False),
    unlock(1, 1),
    unlock(1, 1, hardcore=False),
    unlock(2, 3),
    unlock(4, 11),
]


def test_before_its_first_poll_a_game_is_rebuilt_from_its_unlocks() -> None:
    series = game_series(FIRST, EPOCH, at(12), first_poll=at(10), unlocks=UNLOCKS)
    points = hours([(p[0], p[1:]) for p in series.points])
    assert points == [
        (1, (1, 1, None)),  # how large the set was is not known
        (3, (2, 2, None)),
        (5, (3, 2, None)),
        (10, (3, 2, 4)),
        (12, (3, 2, 4)),
    ]
    assert series.recorded_from == at(10)


def test_rebuilt_line_comes_from_before_the_window() -> None:
    series = game_series(FIRST, at(4), at(12), first_poll=at(10), unlocks=UNLOCKS)
    assert hours(series.points) == [(4, 2), (5, 3), (10, 3), (12, 3)]
    series = game_series([], at(6), at(8), first_poll=at(10), unlocks=UNLOCKS)
    assert hours(series.points) == [(6, 3)]
    assert series.recorded_from is None  # after the window


def test_nothing_is_rebuilt_after_the_first_poll_or_without_unlocks() -> None:
    later = game_series(FIRST, at(10), at(12), first_poll=at(10), unlocks=UNLOCKS)
    assert (hours(later.points), later.recorded_from) == ([(10, 3), (12, 3)], None)
    without = game_series(FIRST, EPOCH, at(12), first_poll=at(10))
    assert (hours(without.points), without.recorded_from) == ([(10, 3), (12, 3)], None)


def test_award_is_marked_at_the_date_of_the_site() -> None:
    rows = [
        snapshot(0, 1, (4, 40, 3, 30, 3, 30), "baseline"),
        snapshot(2, 3, (4, 40, 4, 40, 4, 40), "unlock"),
        snapshot(5, 6, (6, 60, 4, 40, 4, 40), "set_revised"),
        snapshot(9, 10, (6, 60, 6, 60, 6, 60), "unlock"),
    ]
    reached = [
        Milestone(AwardKind.MASTERED, at(1.9), is_exact=True),
        Milestone(AwardKind.BEATEN_HARDCORE, at(-50), is_exact=True),
        Milestone(AwardKind.COMPLETED, None),
    ]
    marks = [(mark.kind, mark.at, mark.text) for mark in marks_of(rows, reached) if mark.kind != "completed"]
    assert marks == [
        ("beaten-hardcore", at(-50), "beaten (hardcore)"),
        ("mastered", at(1.9), "mastered"),
        ("set_revised", at(5), "set revised: 4 -> 6 achievements"),
        ("mastered", at(9), "mastered"),  # again, after the revision
    ]
