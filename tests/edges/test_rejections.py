"""Rejected polls in the database: how long they are kept, and what a clock that is set back does to them."""

from datetime import timedelta

import sqlalchemy as sa

from .harness import SyncHarness


def test_old_evidence_is_pruned_and_confirmed_evidence_kept(database_url: str) -> None:
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
