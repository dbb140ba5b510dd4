"""A simulated day with 1,000 games, recorded by the product on a virtual clock."""

import pytest

from .bars import bars
from .result import Result, result_of
from .scenario import Scenario
from .simulate import simulate

DAY = Scenario(games=1_000, days=1.0)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return result_of(simulate(DAY, tmp_path_factory.mktemp("day")))


def missed(result: Result) -> list[str]:
    return [str(bar) for bar in bars(result) if not bar.is_kept]


def test_a_day_with_1000_games_keeps_every_promise(day: Result) -> None:
    assert missed(day) == []
