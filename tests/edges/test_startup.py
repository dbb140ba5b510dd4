"""Start: what heals by itself is waited for, as while the daemon runs."""

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from syncer.app import App
from syncer.core.errors import DatabaseCorrupt, DiskFull, StoreBusy, StoreError, WriterLockHeld
from syncer.run.startup import prepare_schema, recover_interrupted, wait_for_database
from tests.fixtures.thaw import thawed

from .harness import SyncHarness, VirtualClock


@dataclass
class Start:
    """An app on a virtual clock, whose `waits` are the seconds of each wait."""

    app: App
    waits: list[float]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    made.poll()
    yield made
    made.close()


NO_CLUSTER = SimpleNamespace(enabled=False)


def start_of(home: SyncHarness) -> Start:
    parts = {"clock": home.clock, "database": home.database, "writers": home.writers}
    config = SimpleNamespace(start_timeout=60.0, auto_upgrade=True, cluster=NO_CLUSTER)
    app = SimpleNamespace(config=config, tracked_players=lambda: [home.syncer.tracked], **parts)
    return Start(cast(App, app), waits_of(home.clock))


def waits_of(clock: VirtualClock) -> list[float]:
    waits: list[float] = []
    wait = clock.wait

    def noted(seconds: float) -> None:
        waits.append(seconds)
        wait(seconds)

    clock.wait = noted  # type: ignore[method-assign]
    return waits


@pytest.mark.parametrize("error", [StoreBusy("the database is locked"), DiskFull("the disk is full")])
def test_a_locked_database_or_a_full_disk_at_start_is_waited_for_and_logged_once(
    home: SyncHarness, error: StoreError, caplog: pytest.LogCaptureFixture
) -> None:
    failures, start = [error] * 4, start_of(home)

    def ask() -> None:
        if failures:
            raise failures.pop()

    with caplog.at_level(logging.WARNING):
        wait_for_database(start.app, ask)
    assert (failures, start.waits) == ([], [0.25, 0.5, 1.0, 2.0])
    assert [record.getMessage() for record in caplog.records] == [f"{error.message}; waiting up to 60 s"]


def test_the_wait_at_start_ends_with_the_error_after_start_timeout(home: SyncHarness) -> None:
    start = start_of(home)

    def locked() -> None:
        raise StoreBusy("the database is locked")

    with pytest.raises(StoreBusy):
        wait_for_database(start.app, locked)
    assert 50 < sum(start.waits) <= 60


@pytest.mark.parametrize("kind", [StoreError, DatabaseCorrupt, WriterLockHeld])
def test_what_does_not_heal_by_itself_is_reported_at_once(home: SyncHarness, kind: type[StoreError]) -> None:
    start = start_of(home)

    def failed() -> None:
        raise kind("x")

    with pytest.raises(kind):
        wait_for_database(start.app, failed)
    assert start.waits == []


def test_a_write_at_start_waits_for_another_program_that_holds_the_file(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing interrupted runs is the first write of a daemon."""
    monkeypatch.setattr("syncer.store.db.sqlite_file.BUSY_MS", 50)
    home.database.writer.dispose()  # the next connection has the short timeout
    start = start_of(home)
    other = sqlite3.connect(home.database.path or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    wait = home.clock.wait

    def release(seconds: float) -> None:
        if len(start.waits) == 2:
            other.execute("ROLLBACK")
        wait(seconds)

    home.clock.wait = release  # type: ignore[method-assign]
    recover_interrupted(start.app)
    assert len(start.waits) == 3
    other.close()


def test_an_upgrade_that_waits_for_a_locked_file_leaves_one_copy_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.store.db.sqlite_file.BUSY_MS", 50)
    database, clock = thawed("0008", f"sqlite:///{tmp_path}/syncer.db", tmp_path), VirtualClock()
    parts = {"clock": clock, "database": database}
    config = SimpleNamespace(start_timeout=60.0, auto_upgrade=True, cluster=NO_CLUSTER)
    waits, other = waits_of(clock), sqlite3.connect(tmp_path / "syncer.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    wait = clock.wait

    def release(seconds: float) -> None:
        if len(waits) == 2:
            other.execute("ROLLBACK")
        wait(seconds)

    clock.wait = release  # type: ignore[method-assign]
    prepare_schema(cast(App, SimpleNamespace(config=config, **parts)))
    assert len(waits) == 3
    assert len(list(tmp_path.glob("syncer.db.0008-*"))) == 1
    other.close()
    database.close()
