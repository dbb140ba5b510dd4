"""Many threads of one process that write to one file of SQLite."""

import threading
import time
from pathlib import Path

import pytest

from syncer.core.errors import StoreBusy
from syncer.core.ratelimit.budget import RateLimits, reserve_slot
from syncer.store.db import write_turns
from syncer.store.db.engine import Database
from syncer.store.request_budget import SqlBudgetStore
from tests.fakes import START
from tests.migrated import prepare
from tests.waiting import PATIENCE

THREADS, TIMES = 12, 8


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    # So short that a thread that has to wait for two others would be refused by SQLite.
    monkeypatch.setattr("syncer.store.db.sqlite_file.BUSY_MS", 1)
    made = Database(f"sqlite:///{tmp_path}/syncer.db")
    prepare(made, START)
    return made


def run_together(work) -> list[BaseException]:  # type: ignore[no-untyped-def]
    """Let all threads work at once; return their errors."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            for _ in range(TIMES):
                work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return errors


def test_no_thread_is_refused_because_others_write(database: Database) -> None:
    def write() -> None:
        with database.writing() as tx:
            time.sleep(0.005)
            tx.exec_driver_sql("INSERT INTO runs (started_at, trigger, outcome, targets_asked, targets_seen,"
                " snapshots_added, requests, recorded_batches)"
                " VALUES ('2026-05-01 12:00:00.000', 'test', 'ok', 0, 0, 0, 0, 0)")  # fmt: skip

    assert run_together(write) == []
    with database.reading() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM runs").scalar() == THREADS * TIMES


def test_no_thread_is_refused_a_slot_because_others_reserve_theirs(database: Database) -> None:
    limits = RateLimits()
    store = SqlBudgetStore(database, "key", lambda: START)
    store.apply(reserve_slot(limits))
    assert run_together(lambda: store.apply(reserve_slot(limits))) == []
    assert store.read().next_free_at == START + (THREADS * TIMES + 1) * limits.spacing


def test_a_thread_that_never_ends_its_turn_holds_the_others_for_a_minute(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_turns, "MAX_WAIT", 0.1)
    refused: list[StoreBusy] = []

    def write() -> None:
        try:
            with database.writing():
                pass
        except StoreBusy as error:
            refused.append(error)

    with database.writing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(PATIENCE)
    assert len(refused) == 1
