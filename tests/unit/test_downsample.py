"""Thinning keeps what is seen in a chart."""

from hypothesis import given
from hypothesis import strategies as st

from syncer.core.formats.downsample import Point, downsample_min_max

VALUES = st.none() | st.integers(-50, 50)
LINES = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[VALUES] * n), min_size=1, max_size=400))
CHARTS = LINES.map(lambda rows: [(float(at), *row) for at, row in enumerate(rows)])


@given(points=CHARTS, most=st.integers(0, 120))
def test_ends_extremes_order_and_holes_stay(points: list[Point], most: int) -> None:
    kept, lines = downsample_min_max(points, most), len(points[0]) - 1
    assert len(kept) <= max(most, 3 + 2 * lines)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [point for point in points if point in set(kept)] == kept
    for line in range(1, lines + 1):
        all_of, left = ([v for p in some if (v := p[line]) is not None] for some in (points, kept))
        assert ([min(all_of), max(all_of)] if all_of else []) == ([min(left), max(left)] if left else [])
        assert (None in [p[line] for p in points]) <= (None in [q for p in kept for q in p])


def test_few_points_are_left_alone() -> None:
    points: list[Point] = [(float(at), at % 7, None) for at in range(100)]
    assert downsample_min_max(points, 100) == points
    assert downsample_min_max([], 10) == []


def test_a_spike_and_a_hole_among_thousands_are_seen() -> None:
    points: list[Point] = [(float(at), 5) for at in range(10_000)]
    points[4321], points[7777] = (4321.0, 900), (7777.0, None)
    kept = downsample_min_max(points, 200)
    assert len(kept) <= 200
    assert {(4321.0, 900), (7777.0, None)} <= set(kept)
