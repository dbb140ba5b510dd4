"""contrib/grafana: each query of each dashboard answers on PostgreSQL, through the role that only reads."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import yaml

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.grafana import FOLDER, BoardQuery, Viewer, boards, queries
from tests.postgres import Server

from .sql_facts import write
from .sql_parameters import FACTS
from .sql_world import NOW, START
from .test_sql_readonly import SCRIPT

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
BACK_THEN = START - 60 * DAY
VIEWER = Viewer(BACK_THEN, NOW, {"player": "1", "game": "7"}, "Europe/Berlin")
BOARDS = boards()
QUERIES = list(queries())
GROWING = {"snapshots", "unlocks", "runs", "rejections", "play_sessions", "account_snapshots", "awards"}
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def reader(postgres_server: Server) -> Iterator[psycopg.Connection]:
    url = postgres_server.create_database()
    database = Database(url)
    upgrade_schema(database, START)
    write(database, FACTS)
    database.close()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(SCRIPT.read_bytes())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET ROLE syncer_reader")
            connection.execute("SET default_transaction_read_only = on")
            connection.execute("SET timezone = 'Asia/Kolkata'")  # of the server: any, with half hours, too
            yield connection
        owner.execute("DROP OWNED BY syncer_reader")
        owner.execute("DROP ROLE syncer_reader")


def ask(reader: psycopg.Connection, asked: BoardQuery, viewer: Viewer = VIEWER) -> tuple[list[str], Rows]:
    found = reader.execute(viewer.expand(asked.sql).encode())
    return [column.name for column in found.description or ()], found.fetchall()


def the(board: str, title: str, form: str = "") -> BoardQuery:
    (found,) = (q for q in QUERIES if (q.board, q.title) == (board, title) and form in ("", q.form))
    return found


# The files


def test_there_are_three_dashboards_and_each_has_a_name_of_its_own() -> None:
    assert BOARDS.keys() == {"overview", "game", "recorder"}
    assert {name: board["uid"] for name, board in BOARDS.items()} == {n: f"syncer-{n}" for n in BOARDS}
    assert all(board["schemaVersion"] >= 39 for board in BOARDS.values())
    assert {v["name"] for v in BOARDS["game"]["templating"]["list"]} == {"player", "game"}


def test_the_provisioned_data_source_is_the_one_that_is_named_everywhere() -> None:
    (source,) = yaml.safe_load((FOLDER / "provisioning/datasources/syncer.yml").read_text())["datasources"]
    assert {tuple(q.whole["datasource"].items()) for q in QUERIES} == {
        (("type", source["type"]), ("uid", source["uid"]))
    }
    assert source["user"] == "syncer_reader"
    assert source["secureJsonData"]["password"].startswith("$"), "a password stands in the file"


def test_the_provisioned_folder_is_the_one_of_the_manual() -> None:
    (one,) = yaml.safe_load((FOLDER / "provisioning/dashboards/syncer.yml").read_text())["providers"]
    manual = (FOLDER.parents[1] / "docs" / "grafana.md").read_text()
    assert one["options"]["path"] in manual
    settings = re.findall(r"\$(\w+)", (FOLDER / "provisioning/datasources/syncer.yml").read_text())
    assert [name for name in settings if name.startswith("SYNCER_") and name not in manual] == []


@pytest.mark.parametrize("name", BOARDS)
def test_panels_have_their_own_ids_and_places(name: str) -> None:
    panels = BOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert [p for p in places if p["x"] + p["w"] > 24] == []
    assert [(a, b) for a, b in combinations(places, 2) if overlap(a, b)] == []


def overlap(a: dict[str, int], b: dict[str, int]) -> bool:
    return all(a[k] < b[k] + b[size] and b[k] < a[k] + a[size] for k, size in (("x", "w"), ("y", "h")))


def test_links_lead_to_dashboards_that_exist() -> None:
    text = "".join(file.read_text() for file in FOLDER.glob("dashboards/*.json"))
    linked = re.findall(r'"url": "/d/([\w-]+)\?', text)
    assert set(linked) == {"syncer-game"}
    assert {board["uid"] for board in BOARDS.values()} >= set(linked)


def test_each_panel_of_the_overview_says_what_it_counts() -> None:
    panels = {panel["title"]: panel for panel in BOARDS["overview"]["panels"]}
    for title, panel in panels.items():
        text = panel.get("description", "").lower()
        sql = "".join(target["rawSql"] for target in panel["targets"])
        is_whole = bool(re.search("first_unlocks|account_history|awards|play_sessions", sql))
        assert ("account" in text) is is_whole, title
        if "progress" in sql or "player_totals" in sql:
            assert "followed games" in text or title == "Last poll", title


# The queries


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_it_answers_with_the_columns_that_are_needed(asked: BoardQuery, reader: psycopg.Connection) -> None:
    assert asked.format == ("time_series" if asked.form in ("timeseries", "heatmap") else "table")
    names, rows = ask(reader, asked)
    assert rows, "nothing to show"
    match asked.form:
        case "variable":
            assert names == ["__value", "__text"]
            assert len({text for _, text in rows}) == len(rows), "Grafana drops equal texts"
        case "annotation":
            assert {"time", "text"} <= set(names) <= {"time", "timeEnd", "text", "tags"}
            assert all(row[0].tzinfo and row[names.index("text")] for row in rows)
        case "timeseries" | "heatmap":
            assert names[0] == "time"
            assert all(before[0] < after[0] for before, after in pairwise(rows))
            assert all(isinstance(v, int | float | Decimal | None) for row in rows for v in row[1:])
            assert any(v is not None for row in rows for v in row[1:])
        case "stat":
            assert any(isinstance(value, int | float | Decimal) for value in rows[0])
        case _:
            assert asked.form == "table"
            assert len(set(names)) == len(names)
    named = {override["matcher"]["options"] for override in overrides(asked)}
    assert named <= set(names), "it dresses a column that is not there"
    fields = re.findall(r"__data\.fields\.(\w+)", str(overrides(asked)))
    assert set(fields) <= set(names)


def overrides(asked: BoardQuery) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked.whole.get("fieldConfig", {}).get("overrides", [])
    return found


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_it_finds_its_rows_in_an_index(asked: BoardQuery, reader: psycopg.Connection) -> None:
    with reader.transaction():
        reader.execute("SET LOCAL enable_seqscan = off")
        reader.execute("SET LOCAL jit = off")
        found = reader.execute(f"EXPLAIN (FORMAT JSON) {VIEWER.expand(asked.sql)}".encode()).fetchone()
    assert found
    whole = [n["Relation Name"] for n in nodes(found[0][0]["Plan"]) if n["Node Type"] == "Seq Scan"]
    assert GROWING & set(whole) == set()


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_nothing_breaks_where_there_is_nothing(asked: BoardQuery, reader: psycopg.Connection) -> None:
    ask(
        reader, asked, Viewer(NOW + 400 * DAY, NOW + 401 * DAY, {"player": "99", "game": "99"}, interval="1m")
    )


def test_what_is_chosen_cannot_become_sql(reader: psycopg.Connection) -> None:
    """A link can hold anything as its player."""
    viewer = Viewer(BACK_THEN, NOW, {"player": "1' OR 'a' = 'a", "game": "1 OR true"})
    for asked in QUERIES:
        if re.search(r"\$(player|game)", asked.sql):
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                ask(reader, asked, viewer)
