"""What the panels of the dashboards show is true."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
import pytest

from syncer.core.model.progress import PROGRESS_COLUMNS
from tests.grafana import Viewer
from tests.postgres import Server

from .sql_answer_tools import expected_at
from .sql_answers import ANSWERS
from .sql_parameters import FACTS
from .sql_world import AWAY, EVENT, NOW, START
from .test_grafana import BACK_THEN, BERLIN, DAY, HOUR, SECOND, VIEWER, Rows, ask, reader, the

__all__ = ["reader"]  # a fixture
Shown: TypeAlias = Callable[[dict[str, Any]], int]  # what a panel counts of a run


def test_the_curve_ends_at_the_totals_and_begins_where_the_time_begins(reader: psycopg.Connection) -> None:
    counted = [s for s in FACTS.snapshots if s["player_id"] == 1 and s["game_id"] != EVENT]
    newest = [s for s in counted if s["is_open"]]
    total = sum(s["score_achieved"] for s in newest), sum(s["score_achieved_hardcore"] for s in newest)
    ((last_poll,),) = reader.execute("SELECT last_seen_at FROM player_totals WHERE player_id = 1").fetchall()
    for since in (BACK_THEN, START + 50 * DAY):
        _, rows = ask(reader, the("overview", "Points"), Viewer(since, NOW, {"player": "1"}, interval="1h"))
        assert rows[-1] == (last_poll, *total)
        assert rows[0][0] - max(since, START) < DAY
    middle = rows[0][0]
    then = {s["game_id"]: s for s in counted if s["first_seen_at"] <= middle}
    assert rows[0][1] == sum(s["score_achieved"] for s in then.values())


def test_the_account_shows_its_own_points(reader: psycopg.Connection) -> None:
    names, rows = ask(reader, the("overview", "Account"))
    newest = {
        row["measure"]: row["value"]
        for row in FACTS.account_snapshots
        if row["player_id"] == 1 and row["is_open"]
    }
    found = dict(zip(names, rows[0], strict=True))
    assert found.pop("points") == newest["hardcore_points"] + newest["softcore_points"]
    assert found == {name: newest.get(name) for name in found}


def test_the_curve_has_few_points_however_long_it_is(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("overview", "Points"), Viewer(BACK_THEN, NOW, {"player": "1"}, interval="7d"))
    assert 10 < len(rows) <= 32


def per_day(since: datetime, until: datetime) -> dict[date, int]:
    """Return the points of each day of Berlin, the first one whole."""
    since = since.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
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


SINCES = pytest.mark.parametrize(
    "since", [BACK_THEN, START - 20 * DAY, START + 50 * DAY + timedelta(hours=10), NOW - 20 * DAY]
)


def viewer_since(since: datetime) -> Viewer:
    return Viewer(since, NOW, {"player": "1"}, str(BERLIN))


def monday(since: datetime) -> datetime:
    return since - since.astimezone(BERLIN).weekday() * DAY


@SINCES
def test_the_calendar_shows_each_day_in_the_zone_of_the_viewer(
    reader: psycopg.Connection, since: datetime
) -> None:
    """Its first column is a whole week, wherever in it the chosen time begins."""
    shown = calendar(*ask(reader, the("overview", "Points per day"), viewer_since(since)))
    assert shown == per_day(monday(since), NOW)


@SINCES
def test_the_weeks_and_the_best_days_add_up_the_same_days(
    reader: psycopg.Connection, since: datetime
) -> None:
    weeks: Counter[date] = Counter()
    for day, points in per_day(monday(since), NOW).items():
        weeks[day - day.weekday() * DAY] += points
    _, rows = ask(reader, the("overview", "Points per week"), viewer_since(since))
    assert {row[0].astimezone(BERLIN).date(): row[1] for row in rows} == weeks
    _, rows = ask(reader, the("overview", "Best days"), viewer_since(since))
    best = sorted(per_day(since, NOW).items(), key=lambda item: (-item[1], item[0]))[:10]
    assert [(row[0], row[1]) for row in rows] == [(day.isoformat(), points) for day, points in best]


def test_the_years_add_up_all_days(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("overview", "Years"))
    years: Counter[str] = Counter()
    for day, points in per_day(BACK_THEN - DAY, NOW).items():
        years[str(day.year)] += points
    assert {row[0]: row[1] for row in rows} == years
    assert [row[0] for row in rows] == ["2026", "2025"]


HALF_CAME_BACK = """
    UPDATE snapshots SET restored_points = 4, restored_achievements = 1 WHERE id = (
        SELECT id FROM progress_changes WHERE kind = 'unlock' AND player_id = 1 AND game_id < 10
           AND num_achieved_delta > 1 AND score_achieved_delta > 4 ORDER BY id LIMIT 1)
    RETURNING first_seen_at"""


def test_a_player_whose_unlocks_are_not_read_has_days_from_polls(
    reader: psycopg.Connection, url_of: str
) -> None:
    window = {"since": BACK_THEN, "until": NOW + SECOND, "zone": BERLIN}
    seen = {row[0]: row[1] for row in ANSWERS["points_per_day_seen"](FACTS, 1, **window) if row[1]}
    with psycopg.connect(url_of) as owner:  # rolled back
        owner.execute("DELETE FROM unlocks")
        found = owner.execute(VIEWER.expand(the("overview", "Points per day").sql).encode())
        names = [column.name for column in found.description or ()]
        assert calendar(names, found.fetchall()) == seen
        (change,) = owner.execute(HALF_CAME_BACK).fetchall()
        found = owner.execute(VIEWER.expand(the("overview", "Points per day").sql).encode())
        day = change[0].astimezone(BERLIN).date()
        assert calendar(names, found.fetchall()) == seen | {day: seen[day] - 4}
        owner.rollback()


@pytest.fixture
def url_of(reader: psycopg.Connection, postgres_server: Server) -> str:
    return postgres_server.url(reader.info.dbname)


def test_the_curve_of_a_game_is_its_snapshots_and_breaks_in_gaps(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("game", "Achievements"))
    mine = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 7)]
    wanted = {
        (s[end], *(s[n] for n in PROGRESS_COLUMNS[::2]))
        for s in mine
        for end in ("first_seen_at", "last_seen_at")
    }
    assert {row for row in rows if row[1] is not None} == wanted
    broken = [row[0] - timedelta(milliseconds=1) for row in rows if row[1] is None]
    assert broken == [before["last_seen_at"] for before, s in pairwise(mine) if s["after_gap"]]
    assert len(broken) == len(AWAY)


def test_marks_show_the_reset_and_the_revision_but_no_unlocks(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("game", "Marks"))
    assert {row[2] for row in rows} == {"reset", "set_revised"}
    _, awards = ask(reader, the("game", "Awards"))
    mine = (a for a in FACTS.awards if (a["player_id"], a["game_id"], a["gone_at"]) == (1, 7, None))
    assert [row[0] for row in awards] == [award["awarded_at"] for award in mine]


def test_every_snapshot_and_unlock_of_the_game_is_listed(reader: psycopg.Connection) -> None:
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


@pytest.mark.parametrize(
    ("title", "name", "shown", "unit"),
    [
        ("Runs per day, by outcome", "ok", lambda run: run["outcome"] == "ok", DAY),
        ("Rows stored per day", "snapshots", itemgetter("snapshots_added"), DAY),
        ("Requests per hour", "requests", itemgetter("requests"), HOUR),
    ],
)
@pytest.mark.parametrize("zone", [BERLIN, ZoneInfo("Asia/Kolkata")], ids=str)
def test_the_recorder_shows_the_first_day_and_hour_whole(
    reader: psycopg.Connection, title: str, name: str, shown: Shown, unit: timedelta, zone: ZoneInfo
) -> None:
    """Wherever in it the chosen time begins; days and hours are those of the chosen zone."""
    for since in (START + 50 * DAY, START + 50 * DAY + timedelta(hours=10, minutes=45)):
        begin = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        begin = begin.replace(hour=0) if unit == DAY else begin
        mine = [run for run in FACTS.runs if run["player_id"] == 1 and run["started_at"] >= begin]
        times = [begin + n * unit for n in range(24)]
        first = next(t for t in times if any(t <= run["started_at"] < t + unit for run in mine))
        viewer = Viewer(since, since + 3 * DAY, {"player": "1"}, str(zone))
        names, rows = ask(reader, the("recorder", title), viewer)
        whole = sum(shown(run) for run in mine if first <= run["started_at"] < first + unit)
        assert (rows[0][0], rows[0][names.index(name)]) == (first, whole)


def test_the_recorder_names_what_was_rejected(reader: psycopg.Connection) -> None:
    """Also an answer without a player, for a name that was never resolved."""
    names, rows = ask(reader, the("recorder", "Rejected"))
    assert [row[names.index("what")] for row in rows] == [
        "the whole answer",
        "the played games",
        "the mass drop",
        "game 10",
        "the whole answer",
        "Sonic the Hedgehog",
    ]


def test_the_recorder_lists_what_went_wrong(reader: psycopg.Connection) -> None:
    names, rows = ask(reader, the("recorder", "Failures"))
    wrong = [r for r in FACTS.runs if r["player_id"] in (1, None) and r["outcome"] != "ok"]
    assert [row[0] for row in rows] == [run["started_at"] for run in reversed(wrong)]
    assert rows[0][names.index("error")] == "no such player"
    _, rows = ask(reader, the("recorder", "Gaps", "table"))
    mine = [row for row in FACTS.account_polls if row["player_id"] == 1]
    away = [(b["last_seen_at"], row["first_seen_at"]) for b, row in pairwise(mine)]
    assert [row[:2] for row in reversed(rows)] == away
    assert [row[2] for row in reversed(rows)] == [(end - begin).total_seconds() for begin, end in away]
    _, rows = ask(reader, the("recorder", "Late games"))
    late = datetime.now(UTC) - timedelta(minutes=30)
    expected = [expected_at(FACTS, t) for t in FACTS.targets if not t["removed_at"]]
    assert rows == [(len([at for at in expected if at is None or at < late]),)]
