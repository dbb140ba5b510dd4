"""The benchmark's floor still does what we do: it names columns that a migration may change."""

from pathlib import Path

import pytest

from benchmarks import runs, site


@pytest.mark.soak
def test_floor_and_ours_write_the_same_rows(tmp_path: Path) -> None:
    with site.serving(runs.COUNT) as base_url:
        (first, second) = runs.turn(tmp_path / "turn", base_url)
    assert all(one.commits for one in (*first, *second))
