"""contrib/grafana/sqlite: each query shows on SQLite what the other dashboards show on PostgreSQL."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import yaml

from syncer.store.db.engine import Database
from tests.grafana import FOLDER, SQLITE, BoardQuery, Viewer, boards, expand_sqlite, queries
from tests.migrated import prepare

from .sql_facts import write
from .sql_parameters import FACTS
from .sql_world import NOW, START
from .test_grafana import BACK_THEN, BOARDS, DAY, GROWING, VIEWER, ask, reader
from .test_grafana_panels import SINCES

__all__ = ["reader"]  # a fixture
QUERIES = list(queries(SQLITE))
ON_POSTGRES = {(q.board, q.title, q.form): q for q in queries()}
# Its ends lie between polls, in the middle of an hour, a day and a week.
CUT = timedelta(days=51, hours=3, minutes=20), timedelta(days=95, hours=7, minutes=40)
IN_BETWEEN = Viewer(START + CUT[0], START + CUT[1], {"player": "1", "game": "7"}, "Europe/Berlin", "1h")
OF_ITS_OWN = {
    "Since the last accepted poll",
    "Database",
    "Size by table",
}  # the clock's, or of one kind
ALSO_OTHERS = {"Failures", "Rejected"}  # rows that belong to no player
GROWING_HERE = GROWING | {"s", "r", "u", "a", "p"}  # and how the queries call them
SCAN = re.compile(r"SCAN (\w+)$")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Return the database as the plugin opens it, in a process whose zone is Berlin's."""
    path = tmp_path_factory.mktemp("grafana") / "syncer.db"
    with closing(Database(f"sqlite:///{path}")) as database:
        prepare(database, START)
        write(database, FACTS)
        options = provisioned()["jsonData"]
        name = f"{options['pathPrefix']}{path}?{options['pathOptions'].partition('&')[0]}"
        with pytest.MonkeyPatch.context() as patch, closing(sqlite3.connect(name, uri=True)) as connection:
            patch.setenv("TZ", "Europe/Berlin")
            time.tzset()
            yield connection
    time.tzset()


def provisioned() -> dict[str, Any]:
    text = (SQLITE / "provisioning/datasources/syncer-sqlite.yml").read_text()
    (source,) = yaml.safe_load(text)["datasources"]
    return dict(source)


def ask_sqlite(
    file: sqlite3.Connection, asked: BoardQuery, viewer: Viewer = VIEWER
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows as the plugin makes them: a time is RFC 3339, or nothing."""
    found = file.execute(expand_sqlite(viewer, asked.sql))
    names = [column[0] for column in found.description]
    times = (asked.whole.get("targets") or [asked.whole.get("target")])[0]
    times = times["timeColumns"] if times else []
    assert set(times) <= set(names)
    is_time = [name in times for name in names]
    return names, [
        tuple(moment(v) if is_one else v for v, is_one in zip(row, is_time, strict=True)) for row in found
    ]


def moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text), text
    return datetime.fromisoformat(text)


def comparable(value: Any) -> Any:
    """Return what both databases and their drivers show alike."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return round(float(value), 2) if isinstance(value, int | float | Decimal) else value


def comparable_rows(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(map(comparable, row)) for row in rows]


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_it_answers_as_on_postgresql(
    asked: BoardQuery, file: sqlite3.Connection, reader: psycopg.Connection
) -> None:
    other = ON_POSTGRES[asked.board, asked.title, asked.form]
    assert ask_sqlite(file, asked)[1], "nothing to show"
    for viewer in (VIEWER, IN_BETWEEN):
        (names, rows), (other_names, other_rows) = ask_sqlite(file, asked, viewer), ask(reader, other, viewer)
        if asked.title in OF_ITS_OWN:
            assert names[0] == other_names[0]
            continue
        found, wanted = comparable_rows(rows), comparable_rows(other_rows)
        assert names == other_names
        if asked.form == "variable":  # titles are sorted by the rules of the database
            found, wanted = sorted(found), sorted(wanted)
        assert found == wanted


@SINCES
@pytest.mark.parametrize(
    "title", ["Points", "Points per day", "Points per week", "Best days", "Hours played per week"]
)
def test_days_and_weeks_begin_as_on_postgresql(
    title: str, since: datetime, file: sqlite3.Connection, reader: psycopg.Connection
) -> None:
    viewer = Viewer(since, NOW, {"player": "1"}, "Europe/Berlin", interval="7d")
    (asked,) = (q for q in QUERIES if q.title == title and q.board == "overview")
    other = ON_POSTGRES[asked.board, asked.title, asked.form]
    found, wanted = ask_sqlite(file, asked, viewer)[1], ask(reader, other, viewer)[1]
    assert comparable_rows(found) == comparable_rows(wanted)


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_it_finds_its_rows_in_an_index(asked: BoardQuery, file: sqlite3.Connection) -> None:
    plan = file.execute(f"EXPLAIN QUERY PLAN {expand_sqlite(VIEWER, asked.sql)}").fetchall()
    scanned = {found[1] for *_, detail in plan if (found := SCAN.match(detail))}
    assert GROWING_HERE & scanned == set(), plan


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_nothing_breaks_where_there_is_nothing(asked: BoardQuery, file: sqlite3.Connection) -> None:
    until = NOW + 401 * DAY
    ask_sqlite(file, asked, Viewer(NOW + 400 * DAY, until, {"player": "99", "game": "99"}, interval="1m"))


def test_what_is_chosen_cannot_become_sql(file: sqlite3.Connection) -> None:
    """A link can hold anything as its player; it is a number, or 0."""
    viewer = Viewer(BACK_THEN, NOW, {"player": "x' OR 'a' = 'a", "game": "x OR true"})
    for asked in QUERIES:
        if asked.form == "table" and "player:" in asked.sql:
            assert [row for row in ask_sqlite(file, asked, viewer)[1] if asked.title not in ALSO_OTHERS] == []
        assert not re.search(r"\$(player|game)|\$\{(player|game)\}", asked.sql)


def test_the_dashboards_differ_in_their_queries_alone() -> None:
    assert boards(SQLITE).keys() == BOARDS.keys()
    for name, board in boards(SQLITE).items():
        other = BOARDS[name]
        assert board["uid"] == f"syncer-sqlite-{name}"
        assert [p["gridPos"] for p in board["panels"]] == [p["gridPos"] for p in other["panels"]]
        assert [p["title"] for p in board["panels"]] == [p["title"] for p in other["panels"]]
    text = "".join(path.read_text() for path in SQLITE.glob("dashboards/*.json"))
    assert set(re.findall(r'"url": "/d/([\w-]+)\?', text)) == {"syncer-sqlite-game"}
    assert "postgres" not in text


def test_columns_that_are_dressed_exist(file: sqlite3.Connection) -> None:
    for asked in QUERIES:
        overrides = asked.whole.get("fieldConfig", {}).get("overrides", [])
        named = {override["matcher"]["options"] for override in overrides}
        assert named <= set(ask_sqlite(file, asked)[0]), asked


def test_the_provisioned_data_source_is_the_one_that_is_named_everywhere() -> None:
    source = provisioned()
    assert {tuple(q.whole["datasource"].items()) for q in QUERIES} == {
        (("type", source["type"]), ("uid", source["uid"]))
    }
    assert "mode=ro" in source["jsonData"]["pathOptions"]


def test_the_manual_names_each_file_and_setting() -> None:
    manual = (FOLDER.parents[1] / "docs" / "grafana.md").read_text()
    (one,) = yaml.safe_load((SQLITE / "provisioning/dashboards/syncer-sqlite.yml").read_text())["providers"]
    named = [path.relative_to(FOLDER).as_posix() for path in SQLITE.rglob("*.yml")]
    named += [
        one["options"]["path"],
        provisioned()["jsonData"]["path"].removeprefix("$"),
        provisioned()["type"],
    ]
    assert len(named) == 5
    assert [name for name in named if name not in manual] == []
