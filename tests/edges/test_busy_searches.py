"""Searches that follow each other soon."""

from collections.abc import Iterator

import pytest

from syncer.core.model.polling import Outcome
from syncer.store.db.account_tables import player_jobs

from .polling_harness import HOUR, PollingHarness, begin_search


@pytest.fixture
def home(database_url: str) -> Iterator[PollingHarness]:
    made = PollingHarness(database_url)
    assert made.compare().outcome is Outcome.EQUAL
    yield made
    made.close()


def test_after_much_searching_differences_wait_and_are_searched_together(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    home.check.search(home.player)
    home.compare()
    assert home.job("search").pending == 15  # batches
    home.change(player_jobs, player_jobs.c.kind == "search", pending=45)
    home.site.extra = 60
    home.compare(HOUR, passes=40)
    assert home.compare(passes=40).outcome is Outcome.WAITING
    assert home.compare(2 * HOUR, passes=40).outcome is Outcome.SEARCHING
    home.check.search(home.player)
    assert home.job("search").pending == 15 + 45 - 5  # 40 of them a day wear off
