"""The query of README.md, word for word: the right player's row, the right moment, by an index."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, players, snapshots
from tests.deltas import fill_deltas
from tests.migrated import prepare

README = Path(__file__).parents[2] / "README.md"
(SQL,) = re.findall(r"```sql\n(.*?);\n```", README.read_text("utf-8"), re.DOTALL)
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)  # as in the query
GAME, NAMES = 14402, ("Another", "MaxMilyin")  # the one who is meant comes second
MS, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
SNAPSHOTS = 120  # of each player and game, an hour each, around the moment


def snapshot(player: int, game: int, number: int, at: datetime) -> dict[str, Any]:
    is_open = number == SNAPSHOTS - 1
    row = {
        "player_id": player,
        "game_id": game,
        "first_seen_at": at,
        "last_seen_at": at + MS,
        "poll_count": 1,
    }
    row |= dict.fromkeys(PROGRESS_COLUMNS, 0) | {"num_achieved": number, "score_achieved": player}
    closed_at = None if is_open else at + HOUR
    return row | {"verdict": "changed", "after_gap": False, "is_open": is_open, "closed_at": closed_at}


def begin_of(player: int, number: int) -> datetime:
    """Number 60 of MaxMilyin begins at the moment itself, those of the other a little earlier."""
    return MOMENT + (number - 60) * HOUR - (2 - player) * timedelta(minutes=1)


def write(database: Database) -> None:
    prepare(database, MOMENT)
    ids = range(GAME - 20, GAME + 20)
    rows = [
        snapshot(player, game, number, begin_of(player, number))
        for number in range(SNAPSHOTS)
        for player in (2, 1)
        for game in ids
    ]
    with database.writing() as tx:
        named = [{"id": n, "ulid": f"{n:026}", "username": name} for n, name in enumerate(NAMES, 1)]
        tx.execute(players.insert(), [row | {"added_at": MOMENT} for row in named])
        tx.execute(games.insert(), [{"id": game} for game in ids])
        tx.execute(snapshots.insert(), rows)
        fill_deltas(tx)
        tx.execute(sa.text("ANALYZE"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    write(made)
    yield made
    made.close()


def ask(database: Database, sql: str) -> list[Any]:
    """In a session whose zone is not UTC, as that of psql may be."""
    with database.reading() as tx:
        if database.path is None:
            tx.execute(sa.text("SET LOCAL timezone = 'America/New_York'"))
        return list(tx.execute(sa.text(sql)))


def test_it_answers_with_the_row_of_its_player_at_its_moment_in_utc(database: Database) -> None:
    (row,) = ask(database, SQL)
    assert (row.player_id, row.game_id, row.num_achieved) == (2, GAME, 60)


@pytest.mark.parametrize(("shift", "number"), [(-MS, 60), (timedelta(0), 60), (MS, 59), (HOUR, 59)])
def test_a_snapshot_that_begins_at_the_moment_counts_and_one_a_millisecond_later_does_not(
    database: Database, shift: timedelta, number: int
) -> None:
    s = snapshots.c
    mine = sa.and_(s.player_id == 2, s.game_id == GAME, s.num_achieved == 60)
    at = MOMENT + shift
    with database.writing() as tx:
        later = sa.and_(s.player_id == 2, s.game_id == GAME, s.num_achieved > 60)
        tx.execute(snapshots.delete().where(later))
        tx.execute(snapshots.update().where(mine).values(first_seen_at=at, last_seen_at=at + MS))
    assert [row.num_achieved for row in ask(database, SQL)] == [number]


def test_it_is_one_step_in_an_index(database: Database) -> None:
    if database.path:
        plan = [row.detail for row in ask(database, f"EXPLAIN QUERY PLAN {SQL}")]
        (step,) = (line for line in plan if " s " in line)
        assert step.startswith("SEARCH s USING INDEX ")
        assert step.endswith(" (player_id=? AND game_id=? AND first_seen_at<?)")
        assert [line for line in plan if "TEMP B-TREE" in line] == []
        return
    plan = [row[0] for row in ask(database, f"EXPLAIN (ANALYZE) {SQL}")]
    (step,) = (line for line in plan if "on snapshots" in line)
    assert "Index Scan Backward using snapshots_once" in step
    assert re.search(r"actual.* rows=1(\.00)? ", step)
    assert [line for line in plan if "Sort" in line or "Rows Removed by Index" in line] == []
