"""Migration 0011 stores the deltas: the views answer as before, and after it is taken back."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.admin.integrity import broken_invariants
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.tables import RESTORED, snapshots
from tests.fixtures.thaw import downgrade, thawed

from .harness import START

ROWS = 6000
VIEWS = {"progress_changes": "id", "daily_progress": "player_id, day"}
Row = dict[str, Any]


def random_snapshots(rng: Random) -> list[Row]:
    """Return snapshots of a few games with small numbers: every kind of change, each in many ways."""
    rows, open_rows, at = list[Row](), dict[int, Row](), START - timedelta(days=400)
    for number in range(1, ROWS + 1):
        at += timedelta(minutes=rng.randint(1, 120))
        row: Row = {"id": number, "player_id": 1, "game_id": rng.randint(1, 9), "poll_count": 1}
        row |= {"first_seen_at": at, "last_seen_at": at, "run_id": None, "is_open": True, "closed_at": None}
        before = open_rows.get(row["game_id"])
        row |= {name: rng.choice((0, 0, 1, 2)) for name in PROGRESS_COLUMNS}
        if before:
            kept = rng.sample(PROGRESS_COLUMNS, rng.randint(0, 6))
            row |= {name: before[name] for name in kept}
            before |= {"is_open": False, "closed_at": at}
        row |= {"verdict": "changed" if before else "new", "after_gap": rng.random() < 0.1}
        decided = [rng.choice((0, 0, 1, 2)) for _ in RESTORED]
        row |= dict(zip(RESTORED, decided if rng.random() < 0.8 else [None] * 4, strict=True))
        open_rows[row["game_id"]] = row
        rows.append(row)
    return rows


def answers(database: Database) -> dict[str, list[Any]]:
    """Return the rows of both views, without the column that 0012 adds."""
    with database.reading() as tx:
        return {
            view: [
                [value for name, value in row.items() if name != "award"]
                for row in tx.execute(sa.text(f"SELECT * FROM {view} ORDER BY {order}")).mappings()  # noqa: S608
            ]
            for view, order in VIEWS.items()
        }


def test_the_views_answer_as_before(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0010", empty_database_url, tmp_path)
    with database.writing() as tx:
        for name in ("messages", "rejections", "snapshots", "targets"):
            tx.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608
        new_game = sa.text("INSERT INTO games (id, is_event) VALUES (:id, :event) ON CONFLICT DO NOTHING")
        tx.execute(new_game, [{"id": game, "event": game == 9} for game in range(1, 10)])
        tx.execute(
            sa.Table("snapshots", sa.MetaData(), *columns_of(tx)).insert(), random_snapshots(Random(11))
        )
    before = answers(database)
    upgrade_schema(database, START)
    assert answers(database) == before
    with database.reading() as tx:
        kinds = set(tx.scalars(sa.text("SELECT kind FROM progress_changes")))
        assert len(kinds) == 12
        assert [line for line in broken_invariants(tx) if "deltas" in line] == []
    downgrade(database, "0010")
    assert answers(database) == before
    database.close()


def columns_of(tx: sa.Connection) -> list[sa.Column[Any]]:
    """Return the columns of the table at its revision, with the types of the newest one."""
    stored = {column["name"] for column in sa.inspect(tx).get_columns("snapshots")}
    return [sa.Column(column.name, column.type) for column in snapshots.c if column.name in stored]


@pytest.mark.parametrize("value", ["num_achieved_delta + 1", "NULL"])
def test_a_wrong_delta_is_a_problem(value: str, empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0010", empty_database_url, tmp_path)
    upgrade_schema(database, START)
    last = "SELECT max(id) FROM snapshots WHERE num_achieved_delta IS NOT NULL"
    with database.writing() as tx:
        assert broken_invariants(tx) == []
        tx.execute(sa.text(f"UPDATE snapshots SET num_achieved_delta = {value} WHERE id = ({last})"))  # noqa: S608
        assert broken_invariants(tx) == [
            "1 snapshots whose deltas are not the differences from the one before"
        ]
    database.close()
