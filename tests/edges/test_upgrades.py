"""Histories as older versions left them come through every upgrade whole."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.store.admin.export import TABLES, exporting
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, head, read_revision, revisions
from syncer.store.db.tables import RESTORED
from tests.fixtures.freeze import frozen
from tests.fixtures.thaw import FROZEN, Stored, downgrade, stored, thawed

from .harness import START

LATER = START + timedelta(days=30)
RENAMED = {  # by table: the columns that 0006 named anew
    "players": {
        "walked_at": "library_synced_at",
        "unlocks_until": "unlocks_synced_until",
        "unlocks_whole_at": "unlocks_resync_at",
    },
    "targets": {"misses": "failures", "unlocks_read_at": "unlocks_synced_at"},
    "consoles": {"listed_at": "games_listed_at"},
    "messages": {"next_try_at": "next_attempt_at"},
    "snapshots": {"looks": "poll_count"},
    "rejections": {"looks": "poll_count"},
}


def in_new_words(before: Stored) -> Stored:
    """Return the rows of 0005 or older with the columns' names, and the reasons, of 0006."""
    found = {
        name: [{RENAMED.get(name, {}).get(key, key): value for key, value in row.items()} for row in rows]
        for name, rows in before.items()
    }
    for row in found["rejections"]:
        row["reason"] = {"unreadable": "unparsable"}.get(row["reason"], row["reason"])
    return found


def common(before: Stored, after: Stored) -> Stored:
    """What is stored after, in the columns that were there before."""
    return {
        name: [{key: row[key] for key in (rows[0] if rows else row)} for row in after[name]]
        for name, rows in before.items()
    }


MOVED = {  # by table: the columns that 0007 moved into tables of their own, and those that 0008 and 0010 fill
    "snapshots": RESTORED,
    "players": ("total_points", "total_softcore_points"),
    "targets": ("award_kind", "award_at", "due_at", "expected_at", "interval_seconds"),
}


def without_moved(before: Stored) -> Stored:
    return {
        name: [{key: value for key, value in row.items() if key not in MOVED.get(name, ())} for row in rows]
        for name, rows in before.items()
    }


@pytest.mark.parametrize("revision", FROZEN)
def test_a_frozen_history_is_upgraded_whole(revision: str, empty_database_url: str, tmp_path: Path) -> None:
    database = thawed(revision, empty_database_url, tmp_path)
    before = without_moved(in_new_words(stored(database)))
    assert upgrade_schema(database, LATER) == (revision, head())
    after = stored(database)
    assert {name: len(rows) for name, rows in before.items()} == {name: len(after[name]) for name in before}
    assert common(before, after) == before
    assert sum(map(len, before.values())) > 20
    assert check(database) == []
    with exporting(database) as tables:
        assert all(all(list(tables.rows(name))) for name in TABLES)
    database.close()


def test_every_revision_that_has_a_successor_is_frozen() -> None:
    assert FROZEN.keys() >= set(revisions()[:-1])


def test_what_is_frozen_next_is_worth_it() -> None:
    """It holds something of everything."""
    text = frozen()
    words = ("'new'", "'changed'", "'resumed'", "=cmd()", "Moss", "'Once'", "Brave Ember")
    outcomes = ("'ok'", "'partial'", "'failed'", "'deferred'", "'interrupted'", "'running'")
    reasons = (
        "'missing'",
        "'suspect_zero'",
        "'mass_drop'",
        "'unsettled'",
        "'unparsable'",
        "'clock'",
    )
    for word in (*words, *outcomes, *reasons, "'recovered'", "'unlocks'", "no longer configured"):
        assert word in text


def test_downgrading_below_the_first_schema_is_refused_with_a_reason(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    upgrade_schema(database, LATER)
    before = stored(database)
    with pytest.raises(NotImplementedError) as refused:
        downgrade(database, "base")
    assert "restore a backup" in str(refused.value)
    assert (current(database), stored(database)) == (head(), before)
    database.close()


def test_the_last_revision_can_be_taken_back_and_forth(empty_database_url: str, tmp_path: Path) -> None:
    """With rows of every kind, and nothing of them is lost; moments of 0010 are in test_migration_0010.py."""
    database = thawed(revisions()[-2], empty_database_url, tmp_path)
    before = stored(database)
    upgrade_schema(database, LATER)
    upgraded = stored(database)
    downgrade(database, "-1")
    assert read_revision(database) == revisions()[-2]
    after = stored(database)
    assert without_moved(after) == without_moved(before)
    assert [row.keys() for row in after["targets"]] == [row.keys() for row in before["targets"]]
    upgrade_schema(database, LATER + timedelta(days=1))
    assert stored(database) == upgraded
    assert check(database) == []
    database.close()


def test_a_column_that_came_before_its_revision_is_no_trouble(
    empty_database_url: str, tmp_path: Path
) -> None:
    """For some hours 0003 made a column that 0005 makes."""
    database = thawed("0004", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        kind = "VARCHAR(23)" if database.path else "timestamptz"
        tx.execute(sa.text(f"ALTER TABLE targets ADD COLUMN unlocks_read_at {kind}"))
    upgrade_schema(database, LATER)
    assert check(database) == []
    database.close()
