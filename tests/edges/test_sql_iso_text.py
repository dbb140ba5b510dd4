"""ISO 8601 text in SQL on SQLite: the documented form is right, and the plain comparison is not."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from tests.sql_doc import DOC

from .sql_parameters import FACTS

(SQL,) = re.findall(r"```sql\n(SELECT [^;]*strftime[^;]*);\n```", DOC.read_text("utf-8"))
((FORM, ISO),) = re.findall(r"(strftime\('[^']+', '([^']+)'\))", SQL)
MINE = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 3)]
NOON = "2026-02-20 12:00:00.000"


@pytest.fixture
def tx(databases: dict[str, Database]) -> Iterator[sa.Connection]:
    with databases["sqlite"].reading() as tx:
        yield tx


def count(until: datetime) -> int:
    return sum(s["first_seen_at"] <= until for s in MINE)


def converted(tx: sa.Connection, text: str) -> Any:
    sql = FORM.replace(f"'{ISO}'", ":iso")
    return tx.scalar(sa.text("SELECT " + sql.replace("%H:%M:%f", r"%H\:%M\:%f")), {"iso": text})


def run(tx: sa.Connection, sql: str) -> Any:
    return tx.connection.cursor().execute(sql).fetchall()


def test_the_documented_query_counts_what_plain_python_counts(tx: sa.Connection) -> None:
    """At the documented moment, and at every moment at which a snapshot begins."""
    assert run(tx, SQL) == [(count(datetime(2026, 2, 20, 12, tzinfo=UTC)),)]
    for snapshot in MINE:
        at = snapshot["first_seen_at"]
        iso = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
        assert run(tx, SQL.replace(ISO, iso)) == [(count(at),)]


def test_the_plain_comparison_is_wrong_without_an_error(tx: sa.Connection) -> None:
    """So a person needs the documented form: the whole day counts as before noon, and offsets as nothing."""
    late = next(s["first_seen_at"] for s in MINE if s["first_seen_at"].hour > 12)
    noon = late.replace(hour=12, minute=0, second=0, microsecond=0)
    plain = SQL.replace(FORM, f"'{noon:%Y-%m-%dT%H:%M:%SZ}'")
    assert run(tx, plain) == [(count(late.replace(hour=23, minute=59)),)] != [(count(noon),)]
    assert run(tx, SQL.replace(ISO, f"{noon:%Y-%m-%dT%H:%M:%SZ}")) == [(count(noon),)]


def test_it_finds_its_rows_in_an_index(tx: sa.Connection) -> None:
    ((*_, step),) = run(tx, f"EXPLAIN QUERY PLAN {SQL}")
    assert re.fullmatch(
        r"SEARCH s USING .*INDEX .*\(player_id=\? AND game_id=\? AND first_seen_at<\?\)", step
    )


@pytest.mark.parametrize(
    "iso",
    [
        "2026-02-20T12:00:00Z",
        "2026-02-20T12:00:00.000Z",
        "2026-02-20T12:00Z",
        "2026-02-20T12:00:00",
        "2026-02-20 12:00:00.000Z",
        "2026-02-20T13:00:00+01:00",
        "2026-02-20T04:30:00.000-07:30",
        "2026-02-21T02:00+14:00",
    ],
)
def test_forms_that_are_converted(tx: sa.Connection, iso: str) -> None:
    assert converted(tx, iso) == NOON


@pytest.mark.parametrize(
    "iso", ["2026-02-20T13:00:00+01", "2026-02-20T13:00:00+0100", "20260220T120000Z", "noon"]
)
def test_other_text_is_null_and_finds_no_row(tx: sa.Connection, iso: str) -> None:
    assert converted(tx, iso) is None
    assert run(tx, SQL.replace(ISO, iso)) == [(0,)]


@pytest.mark.parametrize(("plus", "is_before"), [(-1, True), (0, True), (1, False)])
def test_the_whole_width_with_a_z_is_right_after_at_most_and_greater(
    databases: dict[str, Database], plus: int, is_before: bool
) -> None:
    at = f"2026-02-20 12:00:00.{500 + plus}"
    typed = {"sqlite": f"'{at}'", "postgresql": f"TIMESTAMPTZ '{at}+00'"}
    for dialect, database in databases.items():
        with database.reading() as tx:
            if dialect == "postgresql":
                tx.exec_driver_sql("SET LOCAL timezone = 'America/New_York'")
            text, moment = "'2026-02-20 12:00:00.500Z'", typed[dialect]
            row = tx.exec_driver_sql(f"SELECT {moment} <= {text}, {moment} > {text}").one()
            assert [bool(value) for value in row] == [is_before, not is_before]
