"""Streaks of rejected polls: what ends one, and when another begins."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import (
    SiteUnavailable,
)
from syncer.core.model.progress import Progress
from syncer.store.admin.integrity import check

from .harness import SyncHarness

clock = SystemClock()
ONE, TWO, NONE = Progress(4, 90, 1, 5, 0, 0), Progress(4, 90, 2, 15, 0, 0), Progress(0, 0, 0, 0, 0, 0)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1,))
    made.url = database_url  # type: ignore[attr-defined]
    made.poll()
    made.clock.pass_by(900)
    yield made
    assert check(made.database) == []
    made.close()


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(seconds=50)])
def test_an_accepted_poll_ends_a_streak_that_is_stamped_ahead_of_it(
    home: SyncHarness, ahead: timedelta
) -> None:
    home.clock.moment += ahead
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.poll()
    home.source.fault = None
    home.clock.moment -= ahead
    home.poll()
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.clock.pass_by(ahead.total_seconds() + 1800)
    home.poll()
    assert home.kinds(1) == ["baseline"]


def test_equal_responses_with_an_accepted_poll_between_are_two_streaks(home: SyncHarness) -> None:
    for _ in range(2):
        home.source.failure = SiteUnavailable("a web page instead of data", raw="<html>")
        home.poll()
        home.source.failure = None
        home.clock.pass_by(86400)
        home.poll()
    with home.database.reading() as tx:
        rows = tx.execute(sa.text("SELECT poll_count, ended_at FROM rejections WHERE game_id IS NULL")).all()
    assert [row.poll_count for row in rows] == [1, 1]
    assert all(row.ended_at for row in rows)
