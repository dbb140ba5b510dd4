"""No statement timeout where a large history takes minutes: upgrade, check, copy and export."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.errors import StoreBusy
from syncer.store.admin.copy import copy
from syncer.store.admin.export import exporting
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.postgres import SETTINGS
from tests.fixtures.thaw import thawed

from .test_upgrades import LATER

SLOW = ("ADD COLUMN is_event", "lag(last_seen_at)", "ANALYZE snapshots", "FROM snapshots ORDER BY")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[Database], Database]:
    """Return a function that makes statements of a database slower than its timeout."""
    monkeypatch.setitem(SETTINGS, "statement_timeout", "300")

    def delay(_: Any, cursor: Any, statement: str, *more: Any) -> None:
        if any(part in " ".join(statement.split()) for part in SLOW):
            cursor.connection.execute("SELECT pg_sleep(0.4)")

    def slowed(database: Database) -> Database:
        for engine in (database.writer, database.reader):
            sa.event.listen(engine, "before_cursor_execute", delay)
        return database

    return slowed


def test_upgrade_check_copy_and_export_may_take_longer_than_the_statement_timeout(
    slow: Callable[[Database], Database], postgres_url: str, tmp_path: Path
) -> None:
    database = slow(thawed("0008", postgres_url, tmp_path))
    upgrade_schema(database, LATER)
    assert check(database) == []
    with exporting(database) as tables:
        assert tables.count("snapshots") == sum(map(len, tables.rows("snapshots")))
    file = Database(f"sqlite:///{tmp_path}/copy.db")
    copy(database, file, lambda done, total: None)
    with pytest.raises(StoreBusy), database.reading() as tx:  # queries of pages keep the timeout
        tx.execute(sa.text("SELECT lag(last_seen_at) OVER () FROM snapshots"))
    file.close()
    database.close()
