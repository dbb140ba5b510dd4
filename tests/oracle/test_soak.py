"""Long seasons: 120 days, polled each six hours, on several seeds and both databases."""

from collections.abc import Callable
from functools import cache

import pytest

from .conftest import DIALECTS, new_database
from .outcome import Outcome, run
from .season import LONG_SEASON, MODES
from .subjects import SUBJECTS

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def long_seasons(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[Outcome]]:
    """Return what gives the outcomes of all seeds on a database; each is run once."""

    @cache
    def outcomes(dialect: str) -> list[Outcome]:
        return [run(LONG_SEASON, seed, new_database(dialect, request, tmp_path_factory)) for seed in SEEDS]

    return outcomes


@pytest.mark.soak
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_is_stored_after_120_days_is_true(
    long_seasons: Callable[[str], list[Outcome]], dialect: str, mode: str, subject: str
) -> None:
    found = [
        f"seed {seed}: {one}"
        for seed, outcome in zip(SEEDS, long_seasons(dialect), strict=True)
        for one in SUBJECTS[subject](outcome.truth[mode], outcome.stored[mode])
    ]
    if found:
        pytest.fail("\n".join([f"{len(found)} differences:", *found[:20]]), pytrace=False)
