"""Migration 0012 gives progress_changes the column `award`: the award that pages name, too."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from syncer.core.model.library import AwardKind
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import awards
from syncer.store.db.engine import Database
from syncer.store.db.revision import head
from syncer.store.db.tables import games, snapshots
from syncer.store.db.views import progress_changes
from syncer.store.read.change_details import ChangeDetailQueries
from tests.fixtures.thaw import downgrade, thawed

from .harness import START
from .test_migration_0011 import Row, answers, columns_of, random_snapshots

SIZE = "num_possible_achievements"
KINDS = (*map(str, AwardKind), "of-a-later-version")


def random_awards(rng: Random, rows: list[Row]) -> list[Row]:
    """Return awards near the polls: exactly at one, between two, without a date, and gone ones."""
    found = {}
    for row in rng.sample(rows, 3000):
        at = row["first_seen_at"] + timedelta(minutes=rng.choice((-90, -1, 0, 1, 90)))
        seen = at if rng.random() < 0.2 else at + timedelta(days=1)
        key = {"player_id": 1, "game_id": row["game_id"], "kind": rng.choice(KINDS), "awarded_at": at}
        gone = seen if rng.random() < 0.2 else None
        found[tuple(key.values())] = {**key, "first_seen_at": seen, "missing_since": None, "gone_at": gone}
    return list(found.values())


def larger(rng: Random, row: Row) -> Row:
    """Return a snapshot whose set is often too large to be full, so that other awards are seen."""
    return row | {SIZE: row[SIZE] + 3} if row[SIZE] and rng.random() < 0.7 else row


def stored(revision: str, url: str, folder: Path) -> Database:
    """Return a database at a revision with random snapshots and awards, and without unlocks."""
    database, rng = thawed(revision, url, folder), Random(12)
    with database.writing() as tx:
        for name in ("messages", "rejections", "unlocks", "awards", "snapshots", "targets"):
            tx.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608
        known = set(tx.scalars(sa.select(games.c.id)))
        tx.execute(
            games.insert(), [{"id": game, "is_event": False} for game in range(10) if game not in known]
        )
        rows = [larger(rng, row) for row in random_snapshots(rng)]
        tx.execute(sa.Table("snapshots", sa.MetaData(), *columns_of(tx)).insert(), rows)
        tx.execute(awards.insert(), random_awards(rng, rows))
    return database


def test_the_view_names_the_award_that_pages_name(empty_database_url: str, tmp_path: Path) -> None:
    database = stored("0010", empty_database_url, tmp_path)  # 0011 fills the deltas
    upgrade_schema(database, START)
    with database.reading() as tx:
        rows = [dict(row) for row in tx.execute(sa.select(progress_changes)).mappings()]
    detailed = ChangeDetailQueries(database).of(rows)
    assert [row["award"] for row in rows] == [row["award"] for row in detailed]
    counted = Counter(row["award"] for row in rows)
    assert counted.keys() == {None, *map(str, AwardKind)}
    assert min(counted.values()) > 5
    database.close()


def test_an_award_of_a_first_poll_is_none(empty_database_url: str, tmp_path: Path) -> None:
    """All was unlocked before; no poll shows which change brought it."""
    database = stored("0010", empty_database_url, tmp_path)
    upgrade_schema(database, START)
    c, s = progress_changes.c, snapshots.c
    first = sa.select(c.award).join(snapshots, s.id == c.id).where(c.kind == "baseline")
    with database.reading() as tx:
        assert set(tx.scalars(first.where(s.num_achieved == s.num_possible_achievements))) <= {None}
    database.close()


def test_the_other_columns_answer_as_before(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0011", empty_database_url, tmp_path)
    before = answers(database)["progress_changes"]
    assert upgrade_schema(database, START) == ("0011", head())
    assert answers(database)["progress_changes"] == before
    downgrade(database, "0011")
    assert answers(database)["progress_changes"] == before
    database.close()
