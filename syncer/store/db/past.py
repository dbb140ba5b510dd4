"""The database as of a moment: queries that know nothing of it read the rows of that time.

Each statement gets common table expressions with the names of the tables and views that it reads, and a name
in a statement means the expression. What was true then is shown, by what is known now: an unlock counts from
the moment at which it was unlocked, though it was read later. The request budget is not part of it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from .metadata import history
from .moment import to_text
from .views import views

WORD = re.compile(r"[a-z_]+")
AS = re.compile(r"\bAS\b")
PAST = "CASE WHEN {c} <= {m} THEN {c} END"  # null: it had not happened yet
NO_MOMENT = "CAST(NULL AS TIMESTAMPTZ)"
LIMITED = "CASE WHEN {c} <= {m} THEN {c} ELSE {m} END"
Rules = Mapping[str, tuple[str, Mapping[str, str]]]


def since(column: str) -> str:
    """Return the condition of rows that began by the moment.

    SQLite would prefer the index of this condition to a better one; a plus sign keeps it from that.
    """
    return f"{{plus}}{column} <= {{m}}"


# By table: the condition of the rows that were there, and the columns that changed since. {m}: the moment.
RULES: Rules = {
    "targets": (
        # A game that was followed again has a later beginning.
        "(added_at <= {m} OR EXISTS (SELECT 1 FROM {snapshots} s WHERE s.player_id = targets.player_id "
        "AND s.game_id = targets.game_id AND s.first_seen_at <= {m}))",
        {"removed_at": PAST, "unlocks_synced_at": PAST, "due_at": NO_MOMENT, "failures": "0"},
    ),
    "snapshots": (
        since("first_seen_at"),
        {
            "last_seen_at": LIMITED,
            "closed_at": PAST,
            "is_open": "closed_at IS NULL OR closed_at > {m}",
            "poll_count": "CASE WHEN last_seen_at <= {m} THEN poll_count END",
        },
    ),
    "account_snapshots": (
        since("first_seen_at"),
        {"last_seen_at": LIMITED, "closed_at": PAST, "is_open": "closed_at IS NULL OR closed_at > {m}"},
    ),
    "account_polls": (
        since("first_seen_at"),
        {
            "last_seen_at": LIMITED,
            "is_open": "NOT EXISTS (SELECT 1 FROM {real} n WHERE n.player_id = account_polls.player_id "
            "AND n.id > account_polls.id AND n.first_seen_at <= {m})",
        },
    ),
    "unlocks": (since("unlocked_at"), {"gone_at": PAST, "visible_after": PAST}),
    "awards": (since("awarded_at"), {"gone_at": PAST, "missing_since": PAST}),
    "play_sessions": (
        since("started_before"),
        {"ended_at": LIMITED, "is_open": "is_open OR ended_at > {m}"},
    ),
    "playtime": (since("first_seen_at"), {"last_seen_at": LIMITED}),
    "games_played": (since("last_played_at"), {}),
    "players": ("TRUE", {"gone_at": PAST, "unlocks_synced_until": LIMITED, "profile_checked_at": PAST}),
    "runs": (
        since("started_at"),
        {"finished_at": PAST, "outcome": "CASE WHEN finished_at > {m} THEN 'running' ELSE outcome END"},
    ),
    "rejections": (
        since("first_seen_at"),
        {"last_seen_at": LIMITED, "confirmed_at": PAST, "ended_at": PAST},
    ),
    "consistency_checks": (since("first_checked_at"), {"last_checked_at": LIMITED}),
    "player_jobs": (since("last_at"), {}),
    "messages": (
        since("created_at"),
        {"delivered_at": PAST, "given_up_at": PAST, "next_attempt_at": NO_MOMENT},
    ),
}


SQLITE_VIEWS = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid"
POSTGRES_VIEWS = """
    SELECT relname, 'AS ' || pg_get_viewdef(oid) FROM pg_class
    WHERE relkind = 'v' AND pg_table_is_visible(oid) ORDER BY oid"""


def show_past(tx: sa.Connection, moment: datetime) -> None:
    """Let each further query of a transaction read the rows of that time."""
    expressions = _expressions(tx, moment)

    @event.listens_for(tx, "before_cursor_execute", retval=True)
    def add_expressions(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        if not statement.lstrip().upper().startswith("SELECT"):
            return statement, parameters
        needed = _needed(statement, expressions)
        return (f"WITH {', '.join(needed)} {statement}" if needed else statement), parameters


def _needed(statement: str, expressions: dict[str, str]) -> list[str]:
    """Return the expressions that a statement needs, in their order: views after what they read."""
    wanted = set(WORD.findall(statement)) & expressions.keys()
    for name in reversed(expressions):
        if name in wanted:
            wanted |= set(WORD.findall(expressions[name])) & expressions.keys()
    return [text for name, text in expressions.items() if name in wanted]


def _expressions(tx: sa.Connection, moment: datetime) -> dict[str, str]:
    """Return the text of each expression, by its name."""
    is_sqlite = tx.dialect.name == "sqlite"
    at = f"'{to_text(moment)}'" if is_sqlite else f"TIMESTAMPTZ '{to_text(moment)}+00'"
    # SQLite takes the name of the expression itself for a circle.
    real = "main.{}".format if is_sqlite else str
    bodies = {name: _table(name, at, real) for name in RULES}
    bodies |= _views(tx, is_sqlite)
    # A percent sign begins a parameter of the other driver.
    texts = {name: f"{name} AS NOT MATERIALIZED ({body})" for name, body in bodies.items()}
    return texts if is_sqlite else {name: text.replace("%", "%%") for name, text in texts.items()}


def _table(name: str, at: str, real: Callable[[str], str]) -> str:
    condition, changed = RULES[name]
    plus = "" if real is str else "+"
    names = {"m": at, "real": real(name), "snapshots": real("snapshots"), "plus": plus}
    columns = (
        f"{changed[column].format(c=column, **names)} AS {column}" if column in changed else column
        for column in history.tables[name].columns.keys()  # noqa: SIM118 - the names, in their order
    )
    # Of names of this file and a moment in the form of the database.
    return f"SELECT {', '.join(columns)} FROM {real(name)} WHERE {condition.format(**names)}"  # noqa: S608


def _views(tx: sa.Connection, is_sqlite: bool) -> dict[str, str]:
    """Return the definitions of the views, in the order in which they were made."""
    query = SQLITE_VIEWS if is_sqlite else POSTGRES_VIEWS
    found = {name: AS.split(text, maxsplit=1)[-1].strip("; \n") for name, text in tx.exec_driver_sql(query)}
    return {name: body for name, body in found.items() if name in views.tables}
