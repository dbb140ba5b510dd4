"""Any state of the past is one step in an index for each game, on both databases, without hints."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks import rows
from benchmarks.history import write_year
from benchmarks.sql_recipes import bound
from benchmarks.year import START, Year
from syncer.store.db.engine import Database
from tests.postgres import Server
from tests.sql_doc import DIALECTS, queries

YEAR = Year(games=tuple(range(60, 6_060, 60)), count=1_000, changes=12_000, outages=(range(400, 420),))
FRACTIONS = (0.1, 0.5, 0.95)
AS_OF = ("game_at", "games_at")


@pytest.fixture(scope="module")
def years(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    file = tmp_path_factory.mktemp("year") / "year.db"
    urls = dict(zip(DIALECTS, (f"sqlite:///{file}", postgres_server.create_database()), strict=True))
    made = {dialect: write_year(url, YEAR) for dialect, url in urls.items()}
    yield made
    for database in made.values():
        database.close()


def ask(database: Database, name: str, fraction: float, explain: str = "") -> list[Any]:
    dialect = "sqlite" if database.path else "postgresql"
    at = START + (YEAR.end - START) * fraction
    values = {"player": 1, "t": bound(at, dialect)} | ({"game": 600} if name == "game_at" else {})
    with database.reading() as tx:
        return list(tx.execute(sa.text(explain + queries()[name].sql[dialect]), values))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_they_answer_what_was_written(years: dict[str, Database], dialect: str, fraction: float) -> None:
    at = START + (YEAR.end - START) * fraction
    state = {row["game_id"]: row for row in rows.snapshot_rows(YEAR) if row["first_seen_at"] <= at}
    found = ask(years[dialect], "games_at", fraction)
    assert [(row.game_id, row.score_achieved) for row in found] == [
        (game, row["score_achieved"]) for game, row in sorted(state.items())
    ]
    (one,) = ask(years[dialect], "game_at", fraction)
    assert one.score_achieved == state[600]["score_achieved"]


@pytest.mark.parametrize("name", AS_OF)
def test_sqlite_steps_through_an_index(years: dict[str, Database], name: str) -> None:
    """Without statistics, as the program leaves a file."""
    plan = [row.detail for row in ask(years["sqlite"], name, 0.95, "EXPLAIN QUERY PLAN ")]
    assert [line for line in plan if line.startswith("SCAN")] == []
    steps = [line for line in plan if "snapshots" in line]
    assert steps
    assert all("(player_id=? AND game_id=? AND first_seen_at" in line for line in steps), plan
    assert [line for line in plan if "TEMP B-TREE" in line] == []


@pytest.mark.parametrize("name", AS_OF)
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_postgresql_steps_through_an_index(years: dict[str, Database], name: str, fraction: float) -> None:
    plan = "\n".join(row[0] for row in ask(years["postgresql"], name, fraction, "EXPLAIN (ANALYZE) "))
    (step,) = (line for line in plan.splitlines() if "on snapshots" in line)
    assert "Index Scan Backward using snapshots_once" in step
    assert "rows=1" in step.partition("actual")[2]
    assert "Rows Removed" not in plan
