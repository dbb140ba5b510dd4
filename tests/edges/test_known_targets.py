"""Targets that the next run does not read again, on both databases: they equal the stored ones."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.errors import BatchError, StoreError
from syncer.core.events import RunEnded
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome
from syncer.core.sync.known_targets import MAX_AGE, KnownTargets
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.db.tables import runs
from syncer.store.read import base
from syncer.store.write.players import PlayerWriter

from .play_harness import MINUTE, PlayHarness, many_targets

DAY = timedelta(days=1)


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    """Six followed games, of which a request holds two."""
    made = many_targets(database_url)
    yield made
    made.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each time when all targets of a player were read."""
    found = list[int]()

    def counted(tx: sa.Connection, player_id: int, *, lock: bool = False) -> list[Target]:
        found.append(player_id)
        return base.read_targets(tx, player_id, lock=lock)

    monkeypatch.setattr("syncer.store.write.players.read_targets", counted)
    return found


def run(home: PlayHarness, daemon: PlayerSync, after: timedelta = 15 * MINUTE) -> None:
    home.clock.pass_by(after.total_seconds())
    report = daemon.run_once("schedule", only_due=True)
    assert report
    if kept := known(home, daemon):
        stored = home.writers.players.reconcile(home.player, daemon.tracked, home.clock.now())
        assert list(kept.targets) == stored


def known(home: PlayHarness, daemon: PlayerSync) -> KnownTargets | None:
    """Return what the process of this syncer keeps of the player."""
    return daemon.target_cache.get(home.player.id)


def settled(home: PlayHarness) -> PlayerSync:
    """Return the syncer of a process that has polled all games, and keeps its targets."""
    daemon = home.syncer
    run(home, daemon)
    run(home, daemon)
    assert known(home, daemon)
    return daemon


def test_a_run_after_a_plain_run_reads_no_targets(home: PlayHarness, reads: list[int]) -> None:
    daemon = settled(home)
    reads.clear()
    home.clock.pass_by(5 * 60)
    assert daemon.run_once("schedule", only_due=True) is None
    assert daemon.next_wake()
    home.clock.pass_by(10 * 60)
    assert daemon.run_once("schedule", only_due=True)
    assert reads == []


def test_kept_targets_equal_the_stored_ones_through_days_of_play_and_failures(home: PlayHarness) -> None:
    daemon = settled(home)
    for quarter in range(200):
        if quarter % 7 == 0:
            home.world.play("Tester", 1 + quarter % 6, home.clock.now())
        home.site.poison = {3} if quarter % 50 > 40 else set()
        home.site.poisoned = BatchError("500", raw="oops")
        run(home, daemon)


def poll_elsewhere(home: PlayHarness) -> None:
    assert home.syncer.run_once("manual")


@pytest.mark.parametrize(
    "disturb",
    [poll_elsewhere, lambda home: home.clock.pass_by(MAX_AGE.total_seconds())],
    ids=["another process polled", "an hour passed"],
)
def test_targets_are_read_again(
    home: PlayHarness, reads: list[int], disturb: Callable[[PlayHarness], None]
) -> None:
    daemon = settled(home)
    disturb(home)
    reads.clear()
    run(home, daemon)
    assert reads


def test_a_run_by_another_process_shows_in_what_is_due(home: PlayHarness) -> None:
    daemon = settled(home)
    home.clock.pass_by(14 * 60)
    poll_elsewhere(home)
    home.clock.pass_by(3 * 60)
    assert daemon.run_once("schedule", only_due=True) is None


def test_targets_are_not_kept_after_a_run_that_failed(home: PlayHarness) -> None:
    daemon = settled(home)
    home.site.failure = BatchError("500", raw="oops")
    run(home, daemon, DAY)
    assert known(home, daemon) is None


def test_targets_are_not_kept_after_a_run_that_corrected_the_clock(home: PlayHarness) -> None:
    settled(home)
    home.site.site_clock_off = timedelta(hours=-2)
    started_again = home.syncer
    run(home, started_again)
    assert known(home, started_again) is None
    run(home, started_again)
    assert known(home, started_again)


def test_targets_are_not_kept_while_a_mass_drop_stands(home: PlayHarness) -> None:
    for game in home.games:
        home.world.earn("Tester", game, 2, home.clock.now())
    daemon = settled(home)
    for game in home.games:
        home.world.reset_game("Tester", game)
    run(home, daemon, DAY)
    assert known(home, daemon) is None


def test_a_player_with_one_batch_keeps_no_targets(home: PlayHarness) -> None:
    home.batch_size = 6
    daemon = home.syncer
    run(home, daemon)
    run(home, daemon)
    assert known(home, daemon) is None


def test_targets_are_read_again_once_an_hour_however_often_runs_keep_them(
    home: PlayHarness, reads: list[int]
) -> None:
    daemon = settled(home)
    reads.clear()
    for _ in range(9):
        home.clock.pass_by(15 * 60)
        assert daemon.run_once("schedule", only_due=True)
    assert len(reads) == 2


def test_targets_that_cannot_be_read_after_the_run_cost_no_result(
    home: PlayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, read, ended = settled(home), PlayerWriter.targets_of, len(home.events)

    def failing(players: PlayerWriter, player: Player, ids: Sequence[GameId]) -> list[Target]:
        if home.rows(runs, "outcome")[-1] != ("running",):
            raise StoreError("the connection is gone")
        return read(players, player, ids)

    monkeypatch.setattr(PlayerWriter, "targets_of", failing)
    home.clock.pass_by(15 * 60)
    report = daemon.run_once("schedule", only_due=True)
    assert report
    assert report.outcome is RunOutcome.OK
    assert [event.report for event in home.events[ended:] if isinstance(event, RunEnded)] == [report]
    assert known(home, daemon) is None
