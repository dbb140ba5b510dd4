"""The files of an SQLite database and of its request budget."""

from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import (
    StoreError,
)
from syncer.core.ratelimit.budget import RateLimits, reserve_slot
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.request_budget import SqlBudgetStore
from syncer.store.write.runs import RunWriter

clock = SystemClock()


def test_a_damaged_budget_is_renamed_and_the_history_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    upgrade_schema(database, clock.now())
    (tmp_path / "syncer.db-budget").write_bytes(b"no database" * 500)
    budget = SqlBudgetStore(database, "k", clock.now)
    assert budget.read().next_free_at is None
    budget.apply(reserve_slot(RateLimits()))
    assert budget.read().next_free_at is not None
    assert (tmp_path / "syncer.db-budget.damaged").exists()
    assert check(database) == []
    database.close()


def test_a_budget_of_another_version_is_replaced(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    with database.budgets.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE budgets (key_fingerprint TEXT PRIMARY KEY)")
    budget = SqlBudgetStore(database, "k", clock.now)
    assert budget.read().next_free_at is None
    budget.apply(reserve_slot(RateLimits()))
    assert budget.read().next_free_at is not None
    database.close()


def test_a_link_to_the_database_is_the_same_database(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "syncer.db")
    assert Database(f"sqlite:///{tmp_path / 'link.db'}").path == tmp_path / "syncer.db"


def test_an_interrupted_creation_does_not_block_the_next(tmp_path: Path) -> None:
    path = tmp_path / "syncer.db"
    (tmp_path / "syncer.db-new").write_bytes(b"half")
    (tmp_path / "syncer.db-new-wal").write_bytes(b"half")
    database = Database(f"sqlite:///{path}")
    upgrade_schema(database, clock.now())
    assert check(database) == []
    assert not (tmp_path / "syncer.db-new").exists()
    database.close()


def test_a_write_creates_no_database_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    with pytest.raises(StoreError):
        RunWriter(database).open_run(None, "test", clock.now())
    assert not (tmp_path / "syncer.db").exists()
    database.close()


def test_a_reader_keeps_few_pages_for_they_add_up_in_the_daemon(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    upgrade_schema(database, clock.now())
    with database.reading() as reading, database.writing() as writing:
        kept = [tx.exec_driver_sql("PRAGMA cache_size").scalar() for tx in (reading, writing)]
    assert kept == [-1000, -2000]
    database.close()
