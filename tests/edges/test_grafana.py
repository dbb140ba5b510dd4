"""contrib/grafana: each query of each dashboard answers on PostgreSQL, through the role that only reads."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import yaml

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from tests.grafana import FOLDER, BoardQuery, Viewer, boards, queries
from tests.postgres import Server

from .sql_answers import ANSWERS
from .sql_facts import AWAY, NOW, START, lived, write
from .test_sql_readonly import SCRIPT

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
FACTS = lived()
BERLIN = ZoneInfo("Europe/Berlin")
BACK_THEN = START - 60 * DAY
VIEWER = Viewer(BACK_THEN, NOW, {"player": "1", "game": "7"}, "Europe/Berlin")
BOARDS = boards()
QUERIES = list(queries())
GROWING = {"snapshots", "unlocks", "runs", "rejections"}
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def reader(postgres_server: Server) -> Iterator[psycopg.Connection]:
    url = postgres_server.create_database()
    database = Database(url)
    upgrade(database, START)
    write(database, FACTS)
    database.close()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(SCRIPT.read_bytes())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET ROLE syncer_reader")
            connection.execute("SET default_transaction_read_only = on")
            connection.execute("SET timezone = 'UTC'")
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
    linked = re.findall(r'"url": "/d/([\w-]+)\?', "".join(f.read_text() for f in FOLDER.rglob("*.json")))
    assert set(linked) == {"syncer-game"}
    assert {board["uid"] for board in BOARDS.values()} >= set(linked)


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


# What is shown is true


def test_the_curve_ends_at_the_totals_and_begins_where_the_time_begins(reader: psycopg.Connection) -> None:
    newest = [s for s in FACTS.snapshots if s["player_id"] == 1 and s["is_open"]]
    total = sum(s["score_achieved"] for s in newest), sum(s["score_achieved_hardcore"] for s in newest)
    for since in (BACK_THEN, START + 50 * DAY):
        _, rows = ask(reader, the("overview", "Points"), Viewer(since, NOW, {"player": "1"}, interval="1h"))
        assert rows[-1] == (max(s["last_seen_at"] for s in newest), *total)
        assert rows[0][0] - max(since, START) < DAY
    middle = rows[0][0]
    then = {s["game_id"]: s for s in FACTS.snapshots if s["player_id"] == 1 and s["first_seen_at"] <= middle}
    assert rows[0][1] == sum(s["score_achieved"] for s in then.values())


def test_the_curve_has_few_points_however_long_it_is(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("overview", "Points"), Viewer(BACK_THEN, NOW, {"player": "1"}, interval="7d"))
    assert 10 < len(rows) <= 32


def per_day(since: datetime, until: datetime) -> dict[date, int]:
    window = {"since": since, "until": until + SECOND, "zone": BERLIN}
    return {row[0]: row[2] for row in ANSWERS["points_per_day"](FACTS, 1, **window)}


def calendar(names: list[str], rows: Rows) -> dict[date, int]:
    """Each cell by its day."""
    assert names == ["time", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    mondays = [row[0].astimezone(BERLIN) for row in rows]
    assert {(monday.weekday(), monday.hour) for monday in mondays} == {(0, 0)}
    assert {(b.date() - a.date()).days for a, b in pairwise(mondays)} == {7}, "a week is left out"
    days = [(m.date() + n * DAY, row[n + 1]) for m, row in zip(mondays, rows, strict=True) for n in range(7)]
    return {day: int(points) for day, points in days if points is not None}


def test_the_calendar_shows_each_day_in_the_zone_of_whoever_looks(reader: psycopg.Connection) -> None:
    assert calendar(*ask(reader, the("overview", "Points per day"))) == per_day(BACK_THEN, NOW)


def test_the_weeks_the_best_days_and_the_years_add_up_the_same_days(reader: psycopg.Connection) -> None:
    days = per_day(BACK_THEN, NOW)
    weeks: Counter[date] = Counter()
    for day, points in days.items():
        weeks[day - day.weekday() * DAY] += points
    _, rows = ask(reader, the("overview", "Points per week"))
    assert {row[0].astimezone(BERLIN).date(): row[1] for row in rows} == weeks
    _, rows = ask(reader, the("overview", "Best days"))
    best = sorted(days.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert [(row[0], row[1]) for row in rows] == [(day.isoformat(), points) for day, points in best]
    _, rows = ask(reader, the("overview", "Years"))
    years: Counter[str] = Counter()
    for day, points in days.items():
        years[str(day.year)] += points
    assert {row[0]: row[1] for row in rows} == years
    assert [row[0] for row in rows] == ["2026", "2025"]


def test_a_player_whose_unlocks_are_not_read_has_days_from_the_looks(
    reader: psycopg.Connection, url_of: str
) -> None:
    window = {"since": BACK_THEN, "until": NOW + SECOND, "zone": BERLIN}
    seen = {row[0]: row[1] for row in ANSWERS["points_per_day_seen"](FACTS, 1, **window) if row[1]}
    with psycopg.connect(url_of) as owner:  # rolled back
        owner.execute("DELETE FROM unlocks")
        found = owner.execute(VIEWER.expand(the("overview", "Points per day").sql).encode())
        names = [column.name for column in found.description or ()]
        assert calendar(names, found.fetchall()) == seen
        owner.rollback()


@pytest.fixture
def url_of(reader: psycopg.Connection, postgres_server: Server) -> str:
    return postgres_server.url(reader.info.dbname)


def test_the_curve_of_a_game_is_its_stretches_and_breaks_in_gaps(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("game", "Achievements"))
    mine = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 7)]
    told = {
        (s[end], *(s[n] for n in PROGRESS_COLUMNS[::2]))
        for s in mine
        for end in ("first_seen_at", "last_seen_at")
    }
    assert {row for row in rows if row[1] is not None} == told
    broken = [row[0] - timedelta(milliseconds=1) for row in rows if row[1] is None]
    assert broken == [before["last_seen_at"] for before, s in pairwise(mine) if s["after_gap"]]
    assert len(broken) == len(AWAY)


def test_marks_tell_of_the_reset_and_the_revision_and_not_of_unlocks(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("game", "Marks"))
    assert {row[2] for row in rows} == {"reset", "set_revised"}
    _, awards = ask(reader, the("game", "Awards"))
    (target,) = (t for t in FACTS.targets if (t["player_id"], t["game_id"]) == (1, 7))
    assert [row[0] for row in awards] == [target["award_at"]]


def test_every_stretch_and_unlock_of_the_game_is_listed(reader: psycopg.Connection) -> None:
    for title, rows in (("Snapshots", FACTS.snapshots), ("Unlocks", FACTS.unlocks)):
        mine = [row for row in rows if (row["player_id"], row["game_id"]) == (1, 7)]
        assert len(ask(reader, the("game", title, "table"))[1]) == len(mine) > 5


def test_the_recorder_counts_every_run_and_request(reader: psycopg.Connection) -> None:
    mine = [run for run in FACTS.runs if run["player_id"] == 1]
    names, rows = ask(reader, the("recorder", "Runs per day, by outcome"))
    sums = {name: sum(row[n] for row in rows) for n, name in enumerate(names) if n}
    assert {name: count for name, count in sums.items() if count} == Counter(run["outcome"] for run in mine)
    _, rows = ask(reader, the("recorder", "Requests per hour"))
    assert sum(row[1] for row in rows) == sum(run["requests"] for run in mine)
    _, rows = ask(reader, the("recorder", "Rows stored per day"))
    assert sum(row[1] for row in rows) == sum(run["snapshots_added"] for run in mine)


def test_the_recorder_lists_what_went_wrong(reader: psycopg.Connection) -> None:
    names, rows = ask(reader, the("recorder", "Failures"))
    wrong = [r for r in FACTS.runs if r["player_id"] in (1, None) and r["outcome"] != "ok"]
    assert [row[0] for row in rows] == [run["started_at"] for run in reversed(wrong)]
    assert rows[0][names.index("error")] == "no such player"
    _, rows = ask(reader, the("recorder", "Gaps", "table"))
    mine = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 7)]
    away = {
        round((s["first_seen_at"] - b["last_seen_at"]) / HOUR) for b, s in pairwise(mine) if s["after_gap"]
    }
    assert {round(row[2] / 3600) for row in rows} == away
    _, rows = ask(reader, the("recorder", "Late games"))
    late = datetime.now(UTC) - timedelta(minutes=30)
    assert rows == [(len([t for t in FACTS.targets if not t["removed_at"] and t["expected_at"] < late]),)]
