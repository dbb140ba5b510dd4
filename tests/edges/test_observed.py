"""What was recorded of a player in a period, and what is promised beside what was measured."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.estimate.habits import DAY, Observed

from .play_harness import MINUTE, PlayHarness

HOUR = timedelta(hours=1)


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    made = PlayHarness(database_url)
    made.batch_size, made.idle_every = 2, DAY  # each run probes
    yield made
    made.close()


def observed(home: PlayHarness, length: timedelta = 30 * DAY) -> Observed:
    return home.queries.observed.since(home.tracked.id, home.clock.now() - length)


def test_a_first_poll_is_no_change(home: PlayHarness) -> None:
    home.poll()
    found = observed(home)
    assert (found.changes, found.sessions, found.runs, found.account_polls) == (0, 0, 1, 1)
    assert found.days == pytest.approx(0, abs=1e-5)  # the time between the answers of one run


def test_changes_runs_and_play_are_counted_since_a_moment(home: PlayHarness) -> None:
    home.poll()
    home.wait(HOUR)
    home.play(1, 40 * MINUTE)
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.wait(2 * HOUR)
    found = observed(home)
    assert (found.changes, found.changed_runs, found.sessions, found.playtimes) == (1, 1, 1, 1)
    assert 35 * MINUTE <= found.played <= 45 * MINUTE
    assert found.days == pytest.approx((3 * HOUR + 40 * MINUTE) / DAY, rel=0.1)
    assert found.runs >= 14
    later = observed(home, HOUR)
    assert (later.changes, later.sessions) == (0, 0)
    assert later.days <= 1 / 24
    assert 3 <= later.runs <= 5


def test_what_a_probe_reads_and_the_consoles_are_known(home: PlayHarness) -> None:
    home.poll()
    home.play(2, 10 * MINUTE)
    home.play(1, 10 * MINUTE)
    queries, player = home.queries.observed, home.tracked.id
    assert queries.played_last(player) == [1, 2]
    assert queries.console_count(player) <= 1


def test_a_playtime_is_due_once_the_next_probe_ends_its_session(home: PlayHarness) -> None:
    home.poll()
    home.play(1, 20 * MINUTE)
    now, since = home.clock.now(), home.clock.now() - DAY
    due = home.queries.observed.playtimes_due
    assert due(home.tracked.id, since, None) == 0
    assert due(home.tracked.id, since, now - 10 * MINUTE) == 0
    home.wait(15 * MINUTE, polls=False)
    assert due(home.tracked.id, since, home.clock.now() - 10 * MINUTE) == 1


def test_status_has_what_is_promised_beside_what_was_measured(home: PlayHarness) -> None:
    home.poll()
    first = home.clock.now()
    home.wait(HOUR)
    home.wait(HOUR, polls=False)
    home.sync(only_due=True)
    home.wait(HOUR)
    now = home.clock.now()
    (status,) = home.queries.status.of([home.tracked], now, first, 30 * MINUTE)
    assert (status["promised_seconds"], status["target_promised_seconds"]) == (900, 86_400)
    assert 3_600 <= status["longest_wait_seconds"] <= 4_500
    assert timedelta(0) <= now - status["oldest_poll_at"] <= DAY
