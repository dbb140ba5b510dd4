"""docs/sql.md says the truth: of each column, and each ready query answers what its sentence says."""

import math
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.tables import budget, history
from syncer.store.read.queries import queries_on
from tests.postgres import Server
from tests.sql_doc import DIALECTS, ColumnDoc, documented, queries

from .sql_answers import ANSWERS
from .sql_facts import AWAY, EVERY, GAP_AFTER, NOW, START, lived, write

DAY, WEEK = timedelta(days=1), timedelta(days=7)
QUERIES = queries()
ZONES: dict[str, tuple[tzinfo, str, str]] = {  # Python's, SQLite's, PostgreSQL's
    "Berlin": (ZoneInfo("Europe/Berlin"), "localtime", "Europe/Berlin"),
    "an hour east": (timezone(timedelta(hours=1)), "+01:00", "Etc/GMT-1"),  # POSIX counts the other way round
    "India": (timezone(timedelta(hours=5, minutes=30)), "+05:30", "Asia/Kolkata"),
}
BERLIN = ZONES["Berlin"]
FACTS = lived()
EVERYTHING = {"since": START - 365 * DAY, "until": NOW}
AFTER_ALL = {"since": NOW + 365 * DAY, "until": NOW + 730 * DAY}  # nothing is there
LATE = NOW - GAP_AFTER


def from_one_to_another(moments: Iterable[datetime]) -> dict[str, datetime]:
    """A window whose ends are moments at which something is: the first counts, the second does not."""
    first, *_, last = sorted(moments)
    return {"since": first, "until": last}


UNLOCKS = sorted(u["unlocked_at"] for u in FACTS.unlocks if u["player_id"] == 1 and not u["gone_at"])
HARDCORE = [
    u["unlocked_at"] for u in FACTS.unlocks if u["player_id"] == 1 and u["hardcore"] and not u["gone_at"]
]
AWARDS = [t["award_at"] for t in FACTS.targets if t["player_id"] == 1 and t["award_kind"] == "mastered"]
STRETCHES = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 3)]
CHANGES = from_one_to_another(s["first_seen_at"] for s in STRETCHES if s["verdict"] == "changed")
GAPS = [
    (before["last_seen_at"], row["first_seen_at"]) for before, row in pairwise(STRETCHES) if row["after_gap"]
]
EDGES = [from_one_to_another(moments) for moments in (UNLOCKS[20:120], HARDCORE[5:-5], AWARDS)]
RUNS = [EVERYTHING, *({"since": START, "until": START + n * EVERY} for n in (3, 4, 5))]
MOMENTS = [START, START + 7 * DAY, AWAY[0][0] + DAY, NOW - timedelta(hours=1), NOW, NOW + DAY, START - DAY]
MOMENTS += [STRETCHES[4]["first_seen_at"], STRETCHES[4]["last_seen_at"], GAPS[0][0]]
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "curve_of_game": [{"player": 1, "game": game} for game in (1, 6, 999)],
    "state_at": [
        {"player": player, "t": t, "late_before": late}
        for player in (1, 2)
        for t in MOMENTS
        for late in (LATE, NOW + EVERY)  # as late as was promised is not late
    ],
    "changed_this_week": [
        *({"player": 1, "since": START + n * WEEK, "until": START + (n + 1) * WEEK} for n in range(23)),
        {"player": 1, **CHANGES},
    ],
    "points_per_day_seen": [
        {"player": player, "zone": zone, **window}
        for player in (1, 2)
        for zone in ZONES.values()
        for window in (EVERYTHING, CHANGES)
    ],
    "sessions": [{"player": 1, **window} for window in (EVERYTHING, *EDGES)]
    + [{"player": 2, "since": START, "until": START + 90 * DAY}],
    "almost_finished": [
        {"player": player, "idle_since": since}
        for player in (1, 2)
        for since in (NOW - 60 * DAY, *UNLOCKS[:40])
    ],
    "gaps": [
        *(
            {"player": p, **EVERYTHING, "late_before": late}
            for p in (1, 2)
            for late in (LATE, NOW - 20 * DAY)
        ),
        {"player": 1, **EVERYTHING, "late_before": NOW - 10 * DAY},  # as late as was promised
        {"player": 1, "since": START + 50 * DAY, "until": START + 80 * DAY, "late_before": LATE},
        {"player": 1, "since": GAPS[0][1], "until": GAPS[1][0], "late_before": LATE},  # it touches both
    ],
    "uptime_per_week": [
        {"player": 1, "since": START - 10 * DAY, "until": NOW},
        {"player": 2, "since": AWAY[0][0] + DAY, "until": AWAY[0][0] + 2 * DAY},
        {"player": 1, "since": START, "until": NOW + 10 * DAY},
        {"player": 2, "since": datetime(2026, 2, 2, tzinfo=UTC), "until": datetime(2026, 2, 16, tzinfo=UTC)},
    ],
    "requests_per_day": [{"player": 1, **window} for window in RUNS],
    "requests_per_hour": [{"player": player, **window} for player in (1, 2) for window in RUNS],
    "compare_players": [{"player": 1, "other": 2}, {"player": 2, "other": 1}],
    "former_titles": [{}],
}
ZONED = {"since": START - 20 * DAY, "until": NOW - 5 * DAY}


def parameters(name: str) -> list[dict[str, Any]]:
    """Every player, zone and time for the queries that are not named above."""
    wanted = QUERIES[name].parameters
    made: list[dict[str, Any]] = [{"player": player} for player in (1, 2, 3)]
    if "since" in wanted:
        made = [one | window for one in made for window in (ZONED, AFTER_ALL, *EDGES)]
    if "zone" in wanted:
        made = [one | {"zone": zone} for one in made for zone in ZONES.values()]
    return PARAMETERS.get(name, made)


@pytest.fixture(scope="module")
def databases(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """The same rows in both, by dialect."""
    file = tmp_path_factory.mktemp("sql") / "syncer.db"
    urls = {"sqlite": f"sqlite:///{file}", "postgresql": postgres_server.create_database()}
    made = {dialect: Database(url) for dialect, url in urls.items()}
    for database in made.values():
        upgrade(database, START)
        write(database, FACTS)
    yield made
    for database in made.values():
        database.close()


@contextmanager
def local_zone(name: str) -> Iterator[None]:
    """As `TZ=… sqlite3` would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


def bound(value: Any, dialect: str) -> Any:
    """A parameter as a person types it."""
    if isinstance(value, tuple):
        return value[1 + DIALECTS.index(dialect)]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}" + (
            "+00" if dialect == "postgresql" else ""
        )
    return str(value) if isinstance(value, date) else value


def plain(value: Any) -> Any:
    """A value as both databases and Python would show it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:23]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def asked(database: Database, dialect: str, name: str, values: dict[str, Any]) -> tuple[list[str], list[Any]]:
    given = {key: bound(value, dialect) for key, value in values.items()}
    with local_zone("Europe/Berlin"), database.reading() as tx:
        found = tx.execute(sa.text(QUERIES[name].sql[dialect]), given)
        return list(found.keys()), [tuple(map(plain, row)) for row in found]


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Equal, but for the rounding of the second decimal."""
    pairs = list(zip(one, other, strict=True))
    return all(
        math.isclose(a, b, abs_tol=0.0101) if isinstance(a, float) or isinstance(b, float) else a == b
        for a, b in pairs
        if not (a is None and b is None)
    )


def differing(one: list[Any], other: list[Any]) -> list[Any]:
    if len(one) != len(other):
        return [len(one), len(other), *sorted(set(one) ^ set(other), key=str)[:6]]
    return [(a, b) for a, b in zip(one, other, strict=True) if not same(a, b)]


def test_there_are_at_least_fifteen_and_each_has_a_sentence_and_an_answer() -> None:
    assert len(QUERIES) >= 15
    assert ANSWERS.keys() == QUERIES.keys()
    assert [
        q.name for q in QUERIES.values() if not q.sentence.endswith(".") or set(q.sql) != set(DIALECTS)
    ] == []


@pytest.mark.parametrize("name", QUERIES)
def test_both_databases_and_plain_python_answer_the_same(name: str, databases: dict[str, Database]) -> None:
    seen = 0
    for values in parameters(name):
        assert values.keys() == QUERIES[name].parameters
        plainly = {key: value[0] if isinstance(value, tuple) else value for key, value in values.items()}
        wanted = [tuple(map(plain, row)) for row in ANSWERS[name](FACTS, **plainly)]
        heads, rows = zip(*(asked(databases[d], d, name, values) for d in DIALECTS), strict=True)
        assert heads[0] == heads[1]
        assert differing(rows[0], wanted) == [], f"sqlite, python: {values}"
        assert differing(rows[1], wanted) == [], f"postgresql, python: {values}"
        assert [type(v) for row in rows[0] for v in row] == [type(v) for row in rows[1] for v in row]
        seen += len(wanted)
    assert seen > 0, "nothing was compared"


def test_the_state_at_a_moment_is_that_of_the_command(databases: dict[str, Database]) -> None:
    for dialect, database in databases.items():
        queries = queries_on(database)
        for t in (START + 7 * DAY, AWAY[0][0] + DAY, NOW):
            for who in queries.players.select():
                rows = queries.history.state_at(who.id, t, NOW, GAP_AFTER)
                mine = [(r["game_id"], r["score_achieved"], r["coverage"]) for r in rows]
                values = {"player": who.id, "t": t, "late_before": NOW - GAP_AFTER}
                heads, found = asked(database, dialect, "state_at", values)
                named = [dict(zip(heads, row, strict=True)) for row in found]
                assert [(r["game_id"], r["score_achieved"], r["coverage"]) for r in named] == mine


def test_what_the_facts_hold_is_what_the_queries_are_about() -> None:
    """Else agreeing would prove little."""
    words = {row[-1] for v in PARAMETERS["state_at"] for row in ANSWERS["state_at"](FACTS, **v)}
    assert words == {"known", "between", "gap"}
    kinds = {
        row[3] for v in PARAMETERS["changed_this_week"] for row in ANSWERS["changed_this_week"](FACTS, **v)
    }
    assert kinds == {
        "unlock",
        "hardcore_upgrade",
        "set_revised",
        "reweighted",
        "demoted",
        "gone",
        "returned",
        "reset",
    }
    both = {(u["player_id"], u["achievement_id"]) for u in FACTS.unlocks if not u["hardcore"]}
    assert both & {(u["player_id"], u["achievement_id"]) for u in FACTS.unlocks if u["hardcore"]}
    in_zones = [ANSWERS["points_per_day"](FACTS, 1, **ZONED, zone=zone[0]) for zone in ZONES.values()]
    assert in_zones[0] != in_zones[1] != in_zones[2], "no unlock falls where the zones disagree about the day"
    assert {u["source"] for u in FACTS.unlocks} == {"backfill", "seen", "repaired"}


# An index where the table grows

GROWING = ("snapshots", "unlocks", "runs")
NAMED = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(GROWING)})\s+(\w+)", re.IGNORECASE)


@pytest.mark.parametrize("name", QUERIES)
def test_sqlite_finds_its_rows_in_an_index(name: str, databases: dict[str, Database]) -> None:
    database, values = databases["sqlite"], parameters(name)[0]
    given = {key: bound(value, "sqlite") for key, value in values.items()}
    with database.reading() as tx:
        views = tx.scalars(sa.text("SELECT sql FROM sqlite_master WHERE type = 'view'")).all()
        plan = [
            row.detail
            for row in tx.execute(sa.text("EXPLAIN QUERY PLAN " + QUERIES[name].sql["sqlite"]), given)
        ]
    aliases = {alias for text in [QUERIES[name].sql["sqlite"], *views] for _, alias in NAMED.findall(text)}
    assert aliases >= {"s", "q", "u", "e"}
    scanned = [line for line in plan if line.split()[0] == "SCAN" and line.split()[1] in {*aliases, *GROWING}]
    assert scanned == [], "\n".join(plan)


@pytest.mark.parametrize("name", QUERIES)
def test_postgresql_finds_its_rows_in_an_index(name: str, databases: dict[str, Database]) -> None:
    """Told to read no table whole where it can help it: in a small one that would be the fastest."""
    database, values = databases["postgresql"], parameters(name)[0]
    given = {key: bound(value, "postgresql") for key, value in values.items()}
    with database.reading() as tx:
        tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = tx.scalar(sa.text("EXPLAIN (FORMAT JSON) " + QUERIES[name].sql["postgresql"]), given)
    nodes = list(nodes_of(plan[0]["Plan"]))
    assert [n for n in nodes if n["Node Type"] == "Seq Scan" and n["Relation Name"] in GROWING] == []


def nodes_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes_of(below)


# Column by column

TYPES = {
    "integer": (sa.Integer,),
    "text": (sa.String,),
    "boolean": (sa.Boolean,),
    "moment": (sa.DateTime,),
    "date": (sa.Date,),
    "number": (sa.Numeric,),
}


def described(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Tables and views as the database itself knows them."""
    look = sa.inspect(database.reader)
    names = [*look.get_table_names(), *look.get_view_names()]
    found = {name: [dict(column) for column in look.get_columns(name)] for name in names}
    if database.path:
        with database.budgets.begin() as tx:
            budget.create_all(tx)
        found["budgets"] = [dict(column) for column in sa.inspect(database.budgets).get_columns("budgets")]
    del found["alembic_version"]
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_column_is_documented_and_none_is_invented(dialect: str, databases: dict[str, Database]) -> None:
    found = {name: [c["name"] for c in columns] for name, columns in described(databases[dialect]).items()}
    assert {name: [c.name for c in columns] for name, columns in documented().items()} == found


def test_types_are_those_of_the_database(databases: dict[str, Database]) -> None:
    docs = documented()
    for name, columns in described(databases["postgresql"]).items():
        said = {c.name: TYPES[c.type] for c in docs[name]}
        assert [c["name"] for c in columns if not isinstance(c["type"], said[c["name"]])] == [], name
    for table in history.sorted_tables:
        for column in described(databases["sqlite"])[table.name]:
            said_type = next(c.type for c in docs[table.name] if c.name == column["name"])
            wanted = (sa.String,) if said_type == "moment" else TYPES[said_type]
            assert isinstance(column["type"], wanted), f"{table.name}.{column['name']}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_null_means_is_said_exactly_where_null_may_stand(
    dialect: str, databases: dict[str, Database]
) -> None:
    docs = documented()
    for table in [*history.sorted_tables, *budget.sorted_tables]:
        nullable = {c["name"] for c in described(databases[dialect])[table.name] if c["nullable"]}
        assert {c.name for c in docs[table.name] if says_null(c)} == nullable - {
            key.name for key in table.primary_key
        }


def says_null(column: ColumnDoc) -> bool:
    return "null:" in column.meaning.lower()


def test_each_tables_column_says_who_writes_it() -> None:
    tables = {table.name for table in [*history.sorted_tables, *budget.sorted_tables]}
    silent = [
        f"{name}.{c.name}"
        for name, columns in documented().items()
        for c in columns
        if name in tables and not c.written
    ]
    assert silent == []
