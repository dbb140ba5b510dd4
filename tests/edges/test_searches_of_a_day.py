"""How many requests the searches of one day (UTC) send, on both databases."""

from collections import Counter
from datetime import date, datetime

import pytest

from syncer.core.model.library import GameList
from syncer.core.polling.search import end_of_day

from .polling_harness import HOUR, RESET, CountingSite, PollingHarness, begin_search
from .test_account_check import home

__all__ = ["home"]  # a fixture, requested by its name


@pytest.fixture(autouse=True)
def few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.core.sync.account_check.REQUESTS_PER_DAY", 8)


def test_a_search_that_has_sent_what_a_day_allows_goes_on_the_next_day(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    days = Counter[date]()
    for _ in range(4 * 24 * 4):
        days[home.clock.now().date()] += home.check.search(home.player)
        home.clock.pass_by(15 * 60)
    first, second, *others, last = days.values()
    assert (first, second, last) == (8, 8, 0)
    assert max(others) <= 8
    assert sorted(game for batch in home.polled for game in batch) == list(range(1, 61))


def test_a_search_that_goes_on_after_midnight_leaves_the_next_day_its_requests(
    home: PollingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.site.extra = 50
    begin_search(home)
    midnight = end_of_day(home.clock.now())
    home.clock.pass_by((midnight - home.clock.now()).total_seconds() - 2)
    sent_at: list[datetime] = []

    def list_slowly(console: int) -> GameList:
        home.clock.pass_by(1)
        sent_at.append(home.clock.now())
        return CountingSite.game_list(home.site, console)

    monkeypatch.setattr(home.site, "game_list", list_slowly)
    assert home.check.search(home.player) == 8
    assert sent_at[-1] > midnight
    assert home.check.search(home.player) == 8


def test_the_first_games_of_a_search_are_polled_when_the_day_allows_no_more(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    assert home.check.search(home.player) == 8
    home.site.extra, home.site.numbers[42] = 0, (10, 100, 2, 23, 1, 13)
    home.poll([42])
    home.compare(0 * HOUR)
    home.site.numbers[42] = RESET
    begin_search(home)
    home.polled.clear()
    assert home.check.search(home.player) == 1 + 1
    assert 42 in home.polled[0]
    assert home.checks()[-1] == (True, 0, 0, None, 1)
