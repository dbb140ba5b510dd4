"""A season of a player's life on the simulated site: afterwards the database must agree with the truth."""

from collections.abc import Callable

import pytest

from .conftest import DIALECTS
from .outcome import Outcome
from .season import MODES
from .subjects import SUBJECTS


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_is_stored_is_true(
    short_season: Callable[[str], Outcome], dialect: str, mode: str, subject: str
) -> None:
    outcome = short_season(dialect)
    differences = SUBJECTS[subject](outcome.truth[mode], outcome.stored[mode])
    if differences:  # no assertion: its explanation of a long list would take seconds
        pytest.fail("\n".join([f"{len(differences)} differences:", *differences[:20]]), pytrace=False)
