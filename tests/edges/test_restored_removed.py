"""What came back in a game that is no longer followed, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from .test_restored import ALL, NO_SUMS, RestoredHarness

HOURS = timedelta(hours=4)


@pytest.fixture
def removed(database_url: str) -> Iterator[RestoredHarness]:
    """Game 1 came back while its unlocks were not readable, and was removed from the configuration."""
    made = RestoredHarness(database_url)
    made.lose()
    made.later()
    made.source.is_readable = False
    made.give_back()
    made.later()
    made.games = (2,)
    made.source.is_readable = True
    yield made
    made.close()


def test_its_unlocks_decide_it_and_are_read_once(removed: RestoredHarness) -> None:
    before = removed.source.readings.count(1)
    for _ in range(6):
        removed.later(HOURS)
    assert removed.kinds(1) == ["baseline", "reset", "restored"]
    assert (removed.restored(), removed.sums()) == ([ALL, ALL], NO_SUMS)
    assert removed.source.readings.count(1) - before == 1


def test_unlocks_that_differ_from_its_last_snapshot_decide_nothing(removed: RestoredHarness) -> None:
    removed.world.revoke("Tester", 1, next(iter(removed.world.catalogue.games[1].achievements)))
    removed.later(HOURS)
    assert removed.source.readings[-1] == 1
    assert removed.kinds(1) == ["baseline", "reset", "unconfirmed"]
