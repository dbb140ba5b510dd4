"""What the sweep, pages and commands read of the polling policy, on both databases."""

from collections.abc import Iterator

import pytest

from syncer.core.model.consistency import Points
from syncer.core.monitoring.health import Tolerance
from syncer.store.db.account_tables import consistency_checks

from .polling_harness import DAY, HOUR, MINUTE, PollingHarness, begin_search


@pytest.fixture
def home(database_url: str) -> Iterator[PollingHarness]:
    """60 followed games; the sums agree."""
    made = PollingHarness(database_url)
    made.compare()
    yield made
    made.close()


def test_changes_and_days_are_counted_for_each_followed_game(home: PollingHarness) -> None:
    for count in (3, 4, 5):
        home.clock.pass_by(86400)
        home.site.numbers[1] = with_unlocks(count)
        home.poll([1, 2])
    now = home.clock.now()
    found = home.writers.polling.observations(home.player, now - 90 * DAY)
    assert (found[1], found[2][0], found[3]) == ((3, 3.0 + 5 / 1440), 0, (0, 0.0))
    recent = home.writers.polling.observations(home.player, now - 1.5 * DAY)
    assert recent[1] == (2, 1.5)
    assert recent[3] == (0, 0.0)


def with_unlocks(count: int) -> tuple[int, int, int, int, int, int]:
    return (10, 100, count, count * 10, 0, 0)


def test_the_report_says_when_the_sums_agreed_what_is_searched_and_what_is_left(home: PollingHarness) -> None:
    agreed_at = home.clock.now()
    home.site.extra = 50
    begin_search(home)
    searched_at = home.clock.now() - MINUTE
    report = home.queries.polling.sum_report(1)
    assert report is not None
    assert (report.agreed_at, report.difference, report.residual) == (agreed_at, Points(50, 0), None)
    assert report.search is not None
    assert report.searched_at == searched_at
    home.check.search(home.player)
    home.compare()
    left = home.queries.polling.sum_report(1)
    assert left is not None
    assert (left.residual, left.search, left.checked_at) == (Points(50, 0), None, home.clock.now())
    home.site.extra = 0
    home.compare(HOUR)
    equal = home.queries.polling.sum_report(1)
    assert equal is not None
    assert (equal.agreed_at, equal.residual) == (home.clock.now(), None)
    assert home.queries.polling.sum_report(2) is None


def test_the_health_of_a_player_has_the_points_that_are_not_explained(home: PollingHarness) -> None:
    tolerance = Tolerance(30 * MINUTE)
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained == Points(0, 0)
    home.site.extra = 50
    home.compare(HOUR)
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained == Points(50, 0)
    with home.database.writing() as tx:
        tx.execute(consistency_checks.update().values(subject="unlocks"))
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained is None
