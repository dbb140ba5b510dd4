"""A simulated week with 10,000 games, recorded by the product on a virtual clock."""

from pathlib import Path

import pytest

from .bars import bars
from .result import result_of
from .scenario import Scenario
from .simulate import simulate

WEEK = Scenario(games=10_000, days=7.0)


@pytest.mark.soak
def test_a_week_with_10000_games_keeps_every_promise(tmp_path: Path) -> None:
    result = result_of(simulate(WEEK, tmp_path))
    assert [str(bar) for bar in bars(result) if not bar.is_kept] == []
