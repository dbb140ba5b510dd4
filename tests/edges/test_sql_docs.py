"""Each ready query of docs/sql.md answers what its sentence says, on both databases, and by an index."""

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.sql_doc import DIALECTS, Query

from .sql_answers import ANSWERS
from .sql_parameters import DAY, FACTS, HOUR, PARAMETERS, QUERIES, ZONED, ZONES, parameters
from .sql_world import AWAY, GAP_AFTER, NOW, START


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


def asked(
    database: Database, dialect: str, query: Query, values: dict[str, Any]
) -> tuple[list[str], list[Any]]:
    given = {key: bound(value, dialect) for key, value in values.items()}
    with local_zone("Europe/Berlin"), database.reading() as tx:
        if dialect == "postgresql":  # of psql or a driver: any zone
            tx.execute(sa.text("SET LOCAL timezone = 'America/New_York'"))
        found = tx.execute(sa.text(query.sql[dialect]), given)
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
        heads, rows = zip(*(asked(databases[d], d, QUERIES[name], values) for d in DIALECTS), strict=True)
        assert heads[0] == heads[1]
        assert differing(rows[0], wanted) == [], f"sqlite, python: {values}"
        assert differing(rows[1], wanted) == [], f"postgresql, python: {values}"
        assert [type(v) for row in rows[0] for v in row] == [type(v) for row in rows[1] for v in row]
        seen += len(wanted)
    assert seen > 0, "nothing was compared"


def test_the_state_at_a_moment_is_that_of_the_command(databases: dict[str, Database]) -> None:
    for dialect, database in databases.items():
        queries = Queries(database)
        for t in (START + 7 * DAY, AWAY[0][0] + DAY, NOW):
            for who in queries.players.select():
                rows = queries.history.state_at(who.id, t, NOW, GAP_AFTER)
                mine = [(r["game_id"], r["score_achieved"], r["coverage"]) for r in rows]
                values = {"player": who.id, "t": t, "late_before": NOW - GAP_AFTER}
                heads, found = asked(database, dialect, QUERIES["state_at"], values)
                named = [dict(zip(heads, row, strict=True)) for row in found]
                assert [(r["game_id"], r["score_achieved"], r["coverage"]) for r in named] == mine


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_uptime_of_a_week_is_the_same_wherever_in_it_the_time_begins(
    databases: dict[str, Database], dialect: str
) -> None:
    monday = (START + 20 * DAY).replace(hour=0) - DAY  # the week of a gap of three days
    first_rows = set()
    for hours in (0, 1, 33, 34, 90, 105, 106, 150, 167):
        window = {"since": monday + hours * HOUR, "until": monday + 30 * DAY}
        _, rows = asked(databases[dialect], dialect, QUERIES["uptime_per_week"], {"player": 1, **window})
        first_rows.add(rows[0])
    ((week, percent),) = first_rows
    assert week == f"{monday:%Y-%m-%d}"
    assert percent == 55.95, "the gap lasted 74 of 168 hours"


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
