"""contrib/datasette: the real Datasette describes a history, answers each ready query, and runs no title."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.postgres import die_with_parent
from tests.sql_doc import documented
from tests.waiting import PATIENCE

from .sql_facts import five_months, write
from .sql_world import NOW, START, TITLES
from .test_sql_docs import GROWING, NAMED

METADATA = Path(__file__).parents[2] / "contrib" / "datasette" / "metadata.yaml"
KNOWN = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["syncer"]
SHOWN = documented().keys() - {"budgets"}
AS_IN = re.compile(r"(UTC: )?as in\b")
GIVEN = {  # what a person fills in
    "player": "1",
    "other": "2",
    "game": "7",
    "since": f"{START:%Y-%m-%d}",
    "until": f"{NOW:%Y-%m-%d}",
    "t": f"{NOW:%Y-%m-%d}",
    "late_before": f"{NOW:%Y-%m-%d %H:%M}",
    "idle_since": f"{NOW:%Y-%m-%d}",
    "zone": "+01:00",
}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A history that a daemon holds open: not all of it has left the WAL."""
    file = tmp_path_factory.mktemp("datasette") / "syncer.db"
    database = Database(f"sqlite:///{file}")
    upgrade_schema(database, START)
    write(database, five_months())
    assert file.with_name("syncer.db-wal").stat().st_size > 0
    yield database
    database.close()


@pytest.fixture(scope="module")
def datasette(live: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address: a real process on a free port of this machine."""
    words = ["-m", "datasette", "serve", str(live.path), "-m", str(METADATA), "--port", "0"]
    log = tmp_path_factory.mktemp("log") / "stderr"
    settings = {**os.environ, "HOME": str(log.parent), "NO_COLOR": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *words], stdout=out, stderr=out, env=settings, preexec_fn=die_with_parent
        )
    try:
        yield address(process, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(600):
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text()):
            return found[1]
        try:
            process.wait(0.05)
            break
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(log.read_text())


def get(address: str, path: str, **asked: str) -> requests.Response:
    answer = requests.get(f"{address}/{path}", params=asked, timeout=PATIENCE)
    assert answer.status_code == 200, f"{path}: {answer.text[-400:]}"
    return answer


def rows(address: str, path: str, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(address, f"syncer/{path}.json", _shape="objects", **asked).json()[
        "rows"
    ]
    return found


def test_the_front_page_leads_to_the_history(datasette: str) -> None:
    page = get(datasette, "").text
    assert 'href="/syncer"' in page
    listed = get(datasette, "syncer").text
    assert [name for name in SHOWN if f'href="/syncer/{name}"' not in listed] == []
    assert [name for name in KNOWN["queries"] if f'href="/syncer/{name}"' not in listed] == []


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_each_table_and_view_and_every_column_is_described(name: str, datasette: str) -> None:
    page = html.unescape(get(datasette, f"syncer/{name}").text)
    about = KNOWN["tables"][name]
    assert about["description"] in page
    assert list(about["columns"]) == [column.name for column in documented()[name]]
    assert [said for said in about["columns"].values() if said not in page or AS_IN.match(said)] == []
    assert rows(datasette, name, _size="1")


@pytest.mark.parametrize("name", KNOWN["queries"])
def test_each_ready_query_runs_and_gives_rows(name: str, datasette: str) -> None:
    sql = KNOWN["queries"][name]["sql"]
    wanted = {key: value for key, value in GIVEN.items() if f"nullif(:{key}," in sql}
    assert rows(datasette, name, **wanted)
    fields = set(
        re.findall(r'<input type="text" id="qp\d+" name="(\w+)"', get(datasette, f"syncer/{name}").text)
    )
    assert fields == wanted.keys(), "left empty, too, it is a page"


@pytest.mark.parametrize("name", KNOWN["queries"])
def test_it_finds_its_rows_in_an_index(name: str, live: Database) -> None:
    """What is filled in comes by way of a row of its own; indexes must not be lost over it."""
    sql = KNOWN["queries"][name]["sql"]
    with live.reading() as tx:
        views = tx.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'view'").scalars().all()
        plan = [row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", GIVEN)]
    aliases = {alias for text in (sql, *views) for _, alias in NAMED.findall(text)} | {*GROWING}
    scans = [line for line in plan if line.split()[0] == "SCAN" and line.split()[1] in aliases]
    # A view of several tables is not searched by what another row gives; this index has only rows after gaps.
    assert [line for line in scans if not line.endswith("USING INDEX snapshots_after_gap")] == []


def test_what_is_left_empty_means_what_is_said(datasette: str) -> None:
    games = {row["game_id"] for row in rows(datasette, "state_at")}
    assert games == {row["game_id"] for row in rows(datasette, "state_at", player="1")} != set()
    assert {row["game_id"] for row in rows(datasette, "state_at", player="2")} == games - {10} | {
        12
    }  # player 1 left it
    assert rows(datasette, "best_days") == rows(datasette, "best_days", player="1", zone="localtime")
    latest = max(
        (s for s in five_months().snapshots if s["player_id"] == 1), key=lambda s: s["first_seen_at"]
    )
    assert rows(datasette, "curve_of_game") == rows(datasette, "curve_of_game", game=str(latest["game_id"]))


@pytest.mark.parametrize("day", ["2026-02-23", "2026-04-17"])
def test_moments_may_be_iso_text(datasette: str, day: str) -> None:
    """With a `T`, which as text would be greater than every moment of its day."""
    forms = (f"{day} 11:00:00.000", f"{day} 11:00", f"{day}T11:00:00Z", f"{day}T13:00:00+02:00")
    found = [
        rows(datasette, "points_per_day_seen", since=text, until=f"{NOW}", zone="+00:00") for text in forms
    ]
    assert found[0]
    assert found == [found[0]] * 4
    states = [rows(datasette, "games_at", t=text) for text in forms]
    assert states == [states[0]] * 4


def test_the_beginning_of_a_moment_is_enough(datasette: str) -> None:
    found = [rows(datasette, "changed_this_week", since=text) for text in ("2026-02-01", "2026-02", "2026")]
    assert found[0] == found[1]
    assert len(found[2]) > len(found[1]) > 0


def test_it_sees_what_is_still_in_the_log_and_what_comes(live: Database, datasette: str) -> None:
    with live.writing() as tx:
        tx.exec_driver_sql("INSERT INTO games (id, title) VALUES (777, 'Just now')")
    assert [row["title"] for row in rows(datasette, "games", id="777")] == ["Just now"]


def test_it_cannot_write(datasette: str) -> None:
    answer = requests.get(f"{datasette}/syncer.json", params={"sql": "DELETE FROM games"}, timeout=PATIENCE)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["syncer/games", "syncer/latest_progress", "syncer/state_at"])
def test_a_title_is_only_text(path: str, datasette: str) -> None:
    page = get(datasette, path).text
    hostile = [title for title in TITLES.values() if title and "<b>" in title]
    assert hostile
    for title in hostile:
        assert title not in page
        assert html.escape(title).replace("&#x27;", "&#39;") in page
