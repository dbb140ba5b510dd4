"""Many runs in virtual time on both databases: the real sync engine and store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncer.core.errors import BatchError, SiteUnavailable, StoreError, Unauthorized
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ratelimit.budget import on_retry_after
from syncer.store.admin.integrity import check
from syncer.store.write.batch import SqlBatchWork

from .harness import SyncHarness

HOUR = timedelta(hours=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    yield made
    assert check(made.database) == []
    made.close()


def test_equal_polls_are_one_row_and_an_unlock_is_a_second(home: SyncHarness) -> None:
    home.poll()
    home.clock.pass_by(900)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "unlock"]
    assert home.kinds(2) == ["baseline"]
    assert [row["poll_count"] for row in home.history(2)] == [3]


def test_an_outage_of_twenty_hours_is_a_gap(home: SyncHarness) -> None:
    home.live(2 * HOUR)
    began = home.clock.now()
    home.source.failure = SiteUnavailable("DNS")
    home.live(20 * HOUR)
    home.source.failure = None
    home.live(2 * HOUR)
    assert home.kinds(1) == ["baseline", "resumed*"]
    word = home.state(began + 10 * HOUR)[1][1]
    assert word == "gap"
    gap = home.queries.account_polls.gaps(home.tracked.id, home.clock.now(), timedelta(minutes=30))[0]
    assert 20 * HOUR <= gap["ended_at"] - gap["started_at"] <= 22 * HOUR


def test_an_outage_is_probed_less_and_less_but_at_least_hourly(home: SyncHarness) -> None:
    home.poll()
    home.source.failure = SiteUnavailable("DNS")
    before = home.source.requests
    home.live(20 * HOUR)
    assert 15 <= home.source.requests - before <= 40


def test_a_changed_interval_makes_no_gap(home: SyncHarness) -> None:
    home.live(HOUR)
    home.schedule = IntervalSchedule(6 * HOUR)
    home.live(20 * HOUR)
    home.schedule = IntervalSchedule(timedelta(minutes=15))
    home.live(2 * HOUR)
    assert home.kinds(1) == ["baseline"]
    polls = home.history(1)[0]["poll_count"]
    assert 4 + 3 + 6 <= polls <= 4 + 4 + 10


def test_an_id_that_fails_is_isolated_and_all_others_are_polled(database_url: str) -> None:
    home = SyncHarness(database_url, games=tuple(range(1, 7)), batch_size=3)
    home.poll()
    home.source.poison, home.source.poisoned = {5}, BatchError("500")
    home.live(12 * HOUR)
    for game in (1, 2, 3, 4, 6):
        assert home.kinds(game) == ["baseline"], game  # never late
    assert home.state(home.clock.now())[5][1] == "gap"
    home.source.poisoned = None
    home.live(7 * HOUR)
    assert home.state(home.clock.now())[5][1] in ("known", "between")
    home.close()


def test_a_game_removed_for_a_week_has_a_gap_and_keeps_its_history(home: SyncHarness) -> None:
    home.schedule = IntervalSchedule(2 * HOUR)
    home.poll()
    home.games = (1, 2, 3)
    home.live(timedelta(days=7), step=timedelta(minutes=125))
    home.games = (1, 2, 3, 4)
    home.live(2 * HOUR)
    assert home.kinds(4) == ["baseline", "resumed*"]
    assert home.kinds(1) == ["baseline"]


def test_a_refused_key_is_not_sent_within_a_minute_and_then_until_it_works(home: SyncHarness) -> None:
    from syncer.core.ratelimit import budget

    home.poll()
    home.source.limiter.apply(budget.on_unauthorized)
    before = home.source.requests
    home.live(timedelta(seconds=50), step=timedelta(seconds=5))
    assert home.source.requests == before
    with pytest.raises(Unauthorized):
        home.source.limiter.acquire()
    home.live(HOUR)
    assert home.source.requests > before


def test_a_retry_after_is_kept_after_a_restart(home: SyncHarness) -> None:
    from random import Random

    home.poll()
    home.source.limiter.apply(on_retry_after(7200, Random(1)))
    assert home.poll().outcome is RunOutcome.DEFERRED
    before = home.source.requests
    home.live(timedelta(minutes=110))
    assert home.source.requests == before
    home.live(HOUR)
    assert home.source.requests > before


def test_a_batch_whose_commit_was_not_confirmed_is_counted_once(home: SyncHarness) -> None:
    home.poll()
    home.clock.pass_by(900)
    batch, failures = home.writers.runs.batch, list[int]()

    @contextmanager
    def lose_the_answer(*given: Any) -> Iterator[SqlBatchWork]:
        with batch(*given) as work:
            yield work
        if not failures:
            failures.append(1)
            raise StoreError("the connection dropped after the commit")

    home.writers.runs.batch = lose_the_answer  # type: ignore[assignment, method-assign]
    report = home.poll()
    assert failures
    assert report.outcome is RunOutcome.OK
    assert home.history(1)[0]["poll_count"] == 2


def test_a_thousand_ids_travel_in_ten_requests(database_url: str) -> None:
    home = SyncHarness(database_url, games=tuple(range(1, 1001)))
    report = home.poll()
    assert (report.targets_seen, report.requests) == (1000, 1 + 10)
    home.close()


def test_a_moment_before_the_year_1000_has_no_state(home: SyncHarness) -> None:
    home.poll()
    assert home.state(datetime(300, 1, 1, tzinfo=UTC)) == {}
