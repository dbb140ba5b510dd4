"""The series of a chart: from rows to points, with a break in the line for each gap."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate
from operator import itemgetter
from typing import TypeAlias

from syncer.core.formats.downsample import Point, downsample_min_max
from syncer.core.model.progress import EPOCH
from syncer.store.read.base import Row
from syncer.store.read.queries import Queries

from .chart_marks import Mark, marks_of_account

MAX_POINTS = 1500  # of a chart; a screen has no more columns
Span: TypeAlias = tuple[datetime, datetime]
GAP_OFFSET = timedelta(milliseconds=1)  # between the last poll and the break of the line
COMPARED = ("first", "second")
POINT_COLUMNS = ("score_achieved", "score_achieved_hardcore")


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a chart. `recorded_from`: when the recording began, if that lies in the window.

    Points before it are made from the times that the site gives for unlocks.
    """

    columns: tuple[str, ...]
    points: list[Point]
    gaps: list[Span]
    marks: list[Mark]
    recorded_from: datetime | None = None

    def downsampled(self) -> list[Point]:
        return downsample_min_max(self.points, MAX_POINTS)


def player_series(
    queries: Queries,
    player_id: int,
    zone: tzinfo,
    since: datetime,
    until: datetime,
    now: datetime,
    gap_after: timedelta,
) -> Series:
    """Return points and hardcore points of a player; before the first poll as the site dates the unlocks."""
    first = queries.series.first_complete_poll(player_id)
    if first is None or until < since:
        return Series(POINT_COLUMNS, [], [], [])
    points = _backfilled(queries, player_id, zone, since, min(first, until)) if since < first else []
    # The line goes on to the last poll, which proved that nothing had changed since, and not further.
    last = queries.players.last_poll(player_id) or first
    if first <= until:
        points += _observed(queries, player_id, zone, max(since, first), min(until, last))
    found = queries.account_polls.gaps_between(player_id, since, until, now, gap_after)
    gaps, lasting = split_gaps(found, until, last)
    recorded_from = first if since < first <= until else None
    marks = marks_of_account(queries.milestones.between(player_id, since, until))
    points = insert_gaps(one_per_moment(points), gaps)
    if lasting:
        points, gaps = end_in_gap(points, lasting, until), [*gaps, (lasting, until)]
    return Series(POINT_COLUMNS, points, gaps, marks, recorded_from)


def side_by_side(first: Series, second: Series) -> Series:
    """Return the points of two players: at each moment of one, also the last value of the other."""
    both = [(at, n, points) for n, one in enumerate((first, second)) for at, points in _first_line(one)]
    rows, last = dict[float, Point](), list[float | None]([None, None])
    for at, column, points in sorted(both, key=itemgetter(0)):
        last[column] = points
        rows[at] = (at, *last)
    return Series(COMPARED, list(rows.values()), [], [])


def _first_line(series: Series) -> Iterator[tuple[float, float | None]]:
    for at, *values in series.points:
        yield at, values[0]


def split_gaps(
    found: Sequence[Row], until: datetime, last_poll: datetime
) -> tuple[list[Span], datetime | None]:
    """Return the gaps that are over by the end of the window, and the start of one that is not.

    `found`: those that overlap the window, oldest first; a current one has no end.
    """
    spans = ((gap["started_at"], gap["ended_at"]) for gap in found)
    over = [(start, end) for start, end in spans if end and end <= until]
    if len(over) == len(found):
        return over, None
    start, end = found[-1]["started_at"], found[-1]["ended_at"]
    # The account's row is written once a minute; what changed since then was polled later.
    start = start if end else max(start, last_poll)
    return over, start if start < until else None


def _observed(queries: Queries, player_id: int, zone: tzinfo, since: datetime, last: datetime) -> list[Point]:
    """Return the sums that were polled until `last`, from a moment on at which all games were known."""
    base = queries.series.totals_at(player_id, since)
    last = max(since, last)
    changes = queries.series.score_changes(player_id, zone, since, last)
    points = [(since.timestamp(), *base), *_running_sums(base, changes)]
    return [*points, (last.timestamp(), *points[-1][1:])]


def _backfilled(
    queries: Queries, player_id: int, zone: tzinfo, since: datetime, until: datetime
) -> list[Point]:
    base = (0, 0) if since <= EPOCH else queries.daily.points_before(player_id, since)
    return _running_sums(base, queries.daily.points_unlocked(player_id, zone, until, since))


def one_per_moment(points: Iterable[Point]) -> list[Point]:
    """Return the points without those that another one at the same moment follows.

    uPlot finds points by a binary search over their times: of two at the end it may find the first, and then
    the second one, with another value, does not count for the range of the axis and lies outside the plot.
    """
    return list({point[0]: point for point in points}.values())


def _running_sums(base: tuple[int, int], rows: Sequence[Row]) -> list[Point]:
    points = accumulate((row["points"] for row in rows), initial=base[0])
    hardcore = accumulate((row["hardcore"] for row in rows), initial=base[1])
    sums = list(zip(points, hardcore, strict=True))[1:]
    return [(row["at"].timestamp(), int(p), int(h)) for row, (p, h) in zip(rows, sums, strict=True)]


def insert_gaps(points: Sequence[Point], gaps: Sequence[Span]) -> list[Point]:
    """Return the points with the line broken inside each gap.

    The value before the gap holds until it starts. What changed inside became known at its end: points inside
    are replaced by one point there, for a line between them would claim a course that was not observed.
    """
    broken = list(points)
    for gap in gaps:
        start, end = gap[0].timestamp(), gap[1].timestamp()
        i, j = bisect_right(broken, start, key=itemgetter(0)), bisect_left(broken, end, key=itemgetter(0))
        if i == 0:
            continue
        before, after = broken[i - 1][1:], broken[max(i, j) - 1][1:]
        hole: Point = (start + GAP_OFFSET.total_seconds(), *(None for _ in before))
        last = [] if broken[i - 1][0] == start else [(start, *before)]
        first = [] if j < len(broken) and broken[j][0] == end else [(end, *after)]
        broken[i : max(i, j)] = [*last, hole, *first]
    return broken


def end_in_gap(points: Sequence[Point], start: datetime, until: datetime) -> list[Point]:
    """Return the points with a gap from `start` to the end of the window, where nothing is known.

    The last point has no value: the axis of the chart ends where its points do.
    """
    if not points:
        return []
    began, nothing = start.timestamp(), (None,) * (len(points[0]) - 1)
    known = points[: bisect_right(points, began, key=itemgetter(0))]
    hole: Point = (began + GAP_OFFSET.total_seconds(), *nothing)
    at_start: list[Point] = [(began, *known[-1][1:]), hole] if known else [(points[0][0], *nothing)]
    return one_per_moment([*known, *at_start, (until.timestamp(), *nothing)])
