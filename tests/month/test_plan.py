"""The plan's requests a day, compared with those that the product sends on a simulated day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from syncer.cli.support.forecast import Forecast, forecast

from .product import config_of, recording
from .scenario import Scenario, moment
from .simulate import site_of
from .traffic import traffic_of

USUAL = Scenario(games=300, days=2.0)
QUIET = replace(
    USUAL, play_minutes=0, revisions=0, offline=0, manual=0, reset_achievements=0, reset_games=0, games=300
)
KINDS = {  # of the traffic: the kind of the plan
    "probe": "probe",
    "check": "check",
    "progress, poll": "sweep",
    "profile, resolve_player": "profile",
    "listing": "listing",
    "unlock lists": "unlocks",
}


LEFT_OPEN = "unlocks of a game"  # which the first reading of the unlocks left open


@dataclass
class Day:
    """A forecast after the first day, and what was sent on the second by kind."""

    forecast: Forecast
    sent: Mapping[str, int]
    runs: int

    @property
    def total(self) -> int:
        return sum(self.sent.values())


def second_day(scenario: Scenario, folder: Path) -> Day:
    site = site_of(scenario)
    with recording(site, config_of(f"sqlite:///{folder / 'syncer.db'}", polls_all=False)) as product:
        product.until(moment(1))
        runs = len(product.reports)
        found = forecast(product.app, product.syncer, due=True, listed=())
        product.until(moment(2))
        return Day(found, traffic_of(site.log, 2).days[1], len(product.reports) - runs)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return second_day(QUIET, tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return second_day(USUAL, tmp_path_factory.mktemp("usual"))


@pytest.mark.soak
def test_a_day_on_which_nothing_happens_costs_the_fixed_requests(quiet: Day) -> None:
    fixed = quiet.forecast.fixed
    assert set(quiet.sent) <= {*KINDS, LEFT_OPEN}
    by_kind = {kind: (quiet.sent.get(name, 0), getattr(fixed, kind)) for name, kind in KINDS.items()}
    wrong = {k: pair for k, pair in by_kind.items() if abs(pair[0] - pair[1]) > max(1, 0.02 * pair[1])}
    assert wrong == {}
    monthly = fixed.recent  # which the first day has read
    assert quiet.total - quiet.sent.get(LEFT_OPEN, 0) == pytest.approx(fixed.total - monthly, rel=0.02)


@pytest.mark.soak
def test_a_day_of_play_adds_the_expected_requests(usual: Day) -> None:
    found = usual.forecast
    assert found.habits.is_assumed
    measured = usual.total - (found.fixed.total - found.fixed.recent)
    assert measured == pytest.approx(found.expected.total, rel=0.25)


@pytest.mark.soak
def test_the_runs_of_a_day_are_the_rows_of_runs(usual: Day) -> None:
    assert usual.runs == pytest.approx(usual.forecast.rows.runs / 365, rel=0.1)
