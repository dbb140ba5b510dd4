"""Rejections: what ends a streak, when another begins, and how long they are kept."""

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


def test_old_rejections_are_deleted_and_confirmed_ones_kept(database_url: str) -> None:
    home = SyncHarness(database_url)
    home.poll()
    home.source.fault = lambda games: {game: seen for game, seen in games.items() if game != 3}
    home.clock.pass_by(900)
    home.poll()
    home.source.fault = None
    with home.database.reading() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM rejections")).scalar_one() == 1
    home.clock.pass_by(timedelta(days=91).total_seconds())
    home.poll()
    with home.database.reading() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM rejections")).scalar_one() == 0
    home.close()


def test_a_rejection_never_ends_before_it_begins(database_url: str) -> None:
    """The clock was set back by eight minutes between two equal rejected polls."""
    home = SyncHarness(database_url)
    home.poll()
    home.source.fault = lambda games: {}
    home.clock.pass_by(900)
    home.poll()
    home.clock.moment -= timedelta(minutes=8)
    home.poll()
    with home.database.reading() as tx:
        rows = tx.execute(sa.text("SELECT first_seen_at, last_seen_at, poll_count FROM rejections")).all()
    assert len(rows) == 4
    assert all((first, count) == (last, 2) for first, last, count in rows)
    home.clock.pass_by(900)
    home.poll()
    with home.database.reading() as tx:
        later = tx.execute(sa.text("SELECT first_seen_at, last_seen_at, poll_count FROM rejections")).all()
    assert all(
        first == before.first_seen_at and last > before.last_seen_at and count == 3
        for (first, last, count), before in zip(later, rows, strict=True)
    )
    home.close()
