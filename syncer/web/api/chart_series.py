"""The lines of a chart: from what the queries say to points, with a hole wherever nobody looked."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from operator import itemgetter
from typing import TypeAlias

from syncer.core.formats.downsample import Point, downsample_min_max
from syncer.core.model.player import Target
from syncer.store.read.base import Row
from syncer.store.read.queries import Queries
from syncer.web.rendering.filters import CHANGE_LABELS

MAX_POINTS = 1500  # of a chart; a screen has not more columns
Span: TypeAlias = tuple[datetime, datetime]
GAP_OFFSET = timedelta(milliseconds=1)  # a hole begins so much after the last look
SHOWN = ("reset", "demoted", "gone", "returned", "set_revised")  # kinds that get a mark


@dataclass(frozen=True, slots=True)
class Mark:
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """`names`: of the lines. `began`: the first look, where it lies within."""

    names: tuple[str, ...]
    points: list[Point]
    gaps: list[Span]
    marks: list[Mark]
    began: datetime | None = None

    def downsampled(self) -> list[Point]:
        return downsample_min_max(self.points, MAX_POINTS)


def of_points(queries: Queries, player_id: int, since: datetime, until: datetime) -> Curve:
    """All points of a player, and the hardcore ones; what was before the first look as the site tells it."""
    names, first = ("points", "hardcore"), queries.series.first_complete_poll(player_id)
    if first is None or until < since:
        return Curve(names, [], [], [])
    known = (
        _told(queries.series.points_unlocked(player_id, min(first, until)), since) if since < first else []
    )
    seen = _seen(queries, player_id, max(since, first), until) if first <= until else []
    gaps = common_gaps(
        queries.series.gaps_between(player_id, since, until), queries.players.targets(player_id)
    )
    began = first if since < first <= until else None
    return Curve(names, insert_gaps([*known, *seen], gaps), gaps, [], began)


def _seen(queries: Queries, player_id: int, begin: datetime, until: datetime) -> list[Point]:
    """What the looks saw, from a moment on at which every sum is whole."""
    base, rows = (
        queries.series.totals_at(player_id, begin),
        queries.series.score_changes(player_id, begin, until),
    )
    points = [(begin.timestamp(), *base), *_summed(base, rows)]
    last = min(until, queries.players.last_poll(player_id) or begin)
    if points[-1][0] < last.timestamp():
        points.append((last.timestamp(), *points[-1][1:]))
    return points


def _told(rows: Sequence[Row], since: datetime) -> list[Point]:
    return [point for point in _summed((0, 0), rows) if point[0] >= since.timestamp()]


def _summed(base: tuple[int, int], rows: Sequence[Row]) -> list[Point]:
    points = accumulate((row["points"] for row in rows), initial=base[0])
    hardcore = accumulate((row["hardcore"] for row in rows), initial=base[1])
    sums = list(zip(points, hardcore, strict=True))[1:]
    return [(row["at"].timestamp(), int(p), int(h)) for row, (p, h) in zip(rows, sums, strict=True)]


def common_gaps(gaps: Iterable[Row], targets: Sequence[Target]) -> list[Span]:
    """When at least half of the games were not looked at: one that comes back alone is no gap of them all.

    Of the games that were followed then: what was removed since counts until then.
    """
    removed = sorted(target.removed_at for target in targets if target.removed_at)
    turns = sorted(
        turn for gap in gaps for turn in ((gap["started_at"], 1), (gap["ended_at"], -1)) if gap["started_at"]
    )
    found: list[Span] = []
    open_now, begun = 0, None
    for at, step in turns:
        open_now += step
        followed = max(1, len(targets) - bisect_right(removed, at))
        if begun is None and open_now * 2 >= followed:
            begun = at
        elif begun is not None and open_now * 2 < followed:
            found.append((begun, at))
            begun = None
    return found


def insert_gaps(points: Sequence[Point], gaps: Sequence[Span]) -> list[Point]:
    """What became known within a gap is known at its end; inside, no line goes on."""
    made = list(points)
    for gap in gaps:
        begin, end = gap[0].timestamp(), gap[1].timestamp()
        i, j = bisect_right(made, begin, key=itemgetter(0)), bisect_left(made, end, key=itemgetter(0))
        if i == 0:
            continue
        held, known = made[i - 1][1:], made[max(i, j) - 1][1:]
        nothing: Point = (begin + GAP_OFFSET.total_seconds(), *(None for _ in held))
        last = [] if made[i - 1][0] == begin else [(begin, *held)]
        first = [] if j < len(made) and made[j][0] == end else [(end, *known)]
        made[i : max(i, j)] = [*last, nothing, *first]
    return made


def of_game(stretches: Sequence[Row]) -> Curve:
    """What was unlocked, in hardcore, and possible, look by look."""
    points: list[Point] = []
    gaps: list[Span] = []
    for number, row in enumerate(stretches):
        if number and row["after_gap"]:
            last = stretches[number - 1]["last_seen_at"]
            gaps.append((last, row["first_seen_at"]))
            points.append(_point(stretches[number - 1], last))
            points.append(((last + GAP_OFFSET).timestamp(), None, None, None))
        points.append(_point(row, row["first_seen_at"]))
    if stretches:
        points.append(_point(stretches[-1], stretches[-1]["last_seen_at"]))
    return Curve(("unlocked", "hardcore", "possible"), points, gaps, list(_marks(stretches)))


def _point(row: Row, at: datetime) -> Point:
    return (
        at.timestamp(),
        row["num_achieved"],
        row["num_achieved_hardcore"],
        row["num_possible_achievements"],
    )


def _marks(stretches: Sequence[Row]) -> Iterable[Mark]:
    for row in stretches:
        if row["kind"] in SHOWN:
            yield Mark(row["first_seen_at"], row["kind"], CHANGE_LABELS[row["kind"]])
    for name, kind in (("num_achieved_hardcore", "mastered"), ("num_achieved", "completed")):
        was_whole = False
        for row in stretches:
            is_whole = 0 < row["num_possible_achievements"] <= row[name]
            if is_whole and not was_whole:
                yield Mark(row["first_seen_at"], kind, kind)
            was_whole = is_whole
