"""Downsampling keeps the shape of a chart."""

from hypothesis import given
from hypothesis import strategies as st

from syncer.core.formats.downsample import Point, downsample_min_max

VALUES = st.none() | st.integers(-50, 50)
LINES = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[VALUES] * n), min_size=1, max_size=400))
CHARTS = LINES.map(lambda rows: [(float(at), *row) for at, row in enumerate(rows)])


@given(points=CHARTS, limit=st.integers(0, 120))
def test_ends_extremes_order_and_gaps_are_kept(points: list[Point], limit: int) -> None:
    kept, lines = downsample_min_max(points, limit), len(points[0]) - 1
    assert len(kept) <= max(limit, 3 + 2 * lines)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [point for point in points if point in set(kept)] == kept
    for line in range(1, lines + 1):
        original, left = ([v for p in some if (v := p[line]) is not None] for some in (points, kept))
        assert ([min(original), max(original)] if original else []) == (
            [min(left), max(left)] if left else []
        )
        assert (None in [p[line] for p in points]) <= (None in [q for p in kept for q in p])


def test_points_within_the_limit_are_unchanged() -> None:
    points: list[Point] = [(float(at), at % 7, None) for at in range(100)]
    assert downsample_min_max(points, 100) == points
    assert downsample_min_max([], 10) == []


def test_one_spike_and_one_gap_among_thousands_are_kept() -> None:
    points: list[Point] = [(float(at), 5) for at in range(10_000)]
    points[4321], points[7777] = (4321.0, 900), (7777.0, None)
    kept = downsample_min_max(points, 200)
    assert len(kept) <= 200
    assert {(4321.0, 900), (7777.0, None)} <= set(kept)
