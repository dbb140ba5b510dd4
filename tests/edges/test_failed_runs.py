"""Whether the last run of a player failed, as the heartbeat of a cluster asks."""

import pytest

from syncer.store.db.tables import players, runs, targets

from .harness import SyncHarness


def end_run(home: SyncHarness, outcome: str, seen: int = 0) -> bool:
    """Store a run, and return whether a last run failed."""
    values = {"player_id": 1, "trigger": "schedule", "outcome": outcome, "targets_seen": seen}
    values |= {"started_at": home.clock.now(), "finished_at": home.clock.now()}
    with home.database.writing() as tx:
        tx.execute(runs.insert().values(**values))
    return home.queries.health.has_failed_run()


def test_the_last_run_that_was_not_cut_short_decides(home: SyncHarness) -> None:
    assert not home.queries.health.has_failed_run()
    assert end_run(home, "failed")
    assert [end_run(home, outcome) for outcome in ("interrupted", "running")] == [True, True]
    assert not end_run(home, "ok")
    assert [end_run(home, outcome) for outcome in ("interrupted", "running")] == [False, False]
    assert end_run(home, "deferred")
    assert end_run(home, "partial", seen=0)
    assert not end_run(home, "partial", seen=1)


@pytest.mark.parametrize("leave", ["gone_at", "removed_at"])
def test_a_player_who_is_not_followed_does_not_count(home: SyncHarness, leave: str) -> None:
    assert end_run(home, "failed")
    table = players if leave == "gone_at" else targets
    with home.database.writing() as tx:
        tx.execute(table.update().values({leave: home.clock.now()}))
    assert not home.queries.health.has_failed_run()
