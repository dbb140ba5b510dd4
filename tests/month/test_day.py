"""A simulated day with 1,000 games, recorded by the product on a virtual clock."""

import pytest

from .bars import bars
from .result import Result, result_of
from .scenario import Scenario
from .simulate import simulate

DAY = Scenario(games=1_000, days=1.0)
pytestmark = pytest.mark.timeout(600)  # 20 seconds of work, which a busy machine takes minutes for


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return result_of(simulate(DAY, tmp_path_factory.mktemp("day")))


def missed(result: Result) -> list[str]:
    return [str(bar) for bar in bars(result) if not bar.is_kept]


def test_a_day_with_1000_games_keeps_every_promise(day: Result) -> None:
    assert missed(day) == []


def test_the_first_day_with_1000_games_asks_less_than_half_of_polling_everything(day: Result) -> None:
    assert sum(day.traffic.days[0].values()) <= 400  # 960 batches, and some more
