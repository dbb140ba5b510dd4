"""The series of a game's chart: as it was polled and, before its first poll, rebuilt from its unlocks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from syncer.core.formats.downsample import Point
from syncer.core.milestones.states import Milestone
from syncer.store.read.base import Row

from .chart_marks import marks_of
from .chart_series import GAP_OFFSET, Series, Span, end_in_gap, one_per_moment

GAME_COLUMNS = ("num_achieved", "num_achieved_hardcore", "num_possible_achievements")


def game_series(
    snapshots: Sequence[Row],
    since: datetime,
    until: datetime,
    *,
    first_poll: datetime | None = None,
    unlocks: Iterable[Row] = (),
    reached: Iterable[Milestone] = (),
    ends_in_gap: bool = False,
) -> Series:
    """Return the achievements of one game, in hardcore and in its set, snapshot by snapshot.

    A snapshot that reaches over the edge of the window has its point at the edge: of points outside the plot
    uPlot knows no value, so the line that comes from there would not count for the range of the axis.
    `ends_in_gap`: after the last snapshot the game was not polled as promised.
    """
    points: list[Point] = []
    gaps: list[Span] = []
    for number, row in enumerate(snapshots):
        if number and row["after_gap"]:
            last = snapshots[number - 1]["last_seen_at"]
            gaps.append((last, row["first_seen_at"]))
            points.append(_point(snapshots[number - 1], last))
            points.append(((last + GAP_OFFSET).timestamp(), None, None, None))
        points.append(_point(row, max(row["first_seen_at"], since)))
    if snapshots:
        last = snapshots[-1]["last_seen_at"]
        points.append(_point(snapshots[-1], min(last, until)))
        if ends_in_gap and last < until:
            gaps.append((last, until))
            points = end_in_gap(points, last, until)
    marks = [mark for mark in marks_of(snapshots, reached) if since <= mark.at <= until]
    recorded_from = None
    if first_poll and since < first_poll:
        rebuilt = list(rebuilt_points(unlocks, since, min(first_poll, until)))
        recorded_from = first_poll if rebuilt and first_poll <= until else None
        points = [*rebuilt, *points]
    return Series(GAME_COLUMNS, one_per_moment(points), gaps, marks, recorded_from)


def rebuilt_points(unlocks: Iterable[Row], since: datetime, until: datetime) -> Iterable[Point]:
    """Yield how many achievements were unlocked from `since` to before `until`, by the site's dates.

    How large the set was then is not known. An unlock that the site took back since was one then.
    """
    found, hardcore = set[int](), set[int]()
    before: Point | None = None
    for row in sorted(unlocks, key=itemgetter("unlocked_at")):
        at: datetime = row["unlocked_at"]
        if at >= until:
            break
        if at >= since and before:
            yield before
            before = None
        found.add(row["achievement_id"])
        if row["hardcore"]:
            hardcore.add(row["achievement_id"])
        point: Point = (max(at, since).timestamp(), len(found), len(hardcore), None)
        if at >= since:
            yield point
        else:
            before = point
    if before:
        yield before


def _point(row: Row, at: datetime) -> Point:
    return (
        at.timestamp(),
        row["num_achieved"],
        row["num_achieved_hardcore"],
        row["num_possible_achievements"],
    )
