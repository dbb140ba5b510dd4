"""The baseline of a run writes what the product writes: it names columns that a migration may change."""

from pathlib import Path

import pytest

from benchmarks import runs, site


@pytest.mark.soak
def test_baseline_and_product_write_the_same_rows(tmp_path: Path) -> None:
    with site.serving(runs.COUNT) as base_url:
        first, second = runs.measure_runs(tmp_path / "runs", base_url)
    assert all(measurement.commits for measurement in (*first, *second))
