"""contrib/datasette/metadata.yaml, from docs/sql.md: the meaning of each column, and the ready queries."""

import re
from typing import Any

import yaml

from tests.sql_doc import PARAMETER, ColumnDoc, Query, documented, queries

from .sql_text import column_text, plain, table_text

TOP = """\
# Written by ./run docs from docs/sql.md; change it there. For a database called syncer.db:
#
#   datasette syncer.db -m metadata.yaml
#
# Units stand in the descriptions: Datasette's own would show 7200 s as 7.2 ks.
"""
ABOUT = "What RetroAchievements players had achieved at every moment, and when not polled. Times are UTC."
ELSEWHERE = "budgets"  # on SQLite a separate file
NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now'{})"
PLAYER = "coalesce(nullif(:player, ''), (SELECT min(id) FROM players))"
LEFT_EMPTY = {  # what an empty parameter means: in SQL, and in words
    "player": ("(SELECT min(id) FROM players)", "the first player"),
    "other": ("(SELECT max(id) FROM players)", "the last player"),
    "game": (
        f"(SELECT game_id FROM snapshots WHERE player_id = {PLAYER} ORDER BY first_seen_at DESC LIMIT 1)",  # noqa: S608
        "the game that changed last",
    ),
    "since": (NOW.format(", '-1 year'"), "a year ago"),
    "until": (NOW.format(""), "now"),
    "t": (NOW.format(""), "now"),
    "late_before": (NOW.format(", '-30 minutes'"), "30 minutes ago"),
    "idle_since": (NOW.format(", '-60 days'"), "60 days ago"),
    "zone": ("'localtime'", "the zone of the machine"),
}
MOMENTS = ("since", "until", "t", "late_before", "idle_since")
# The newest first, and the column that stands for a row where another table refers to it.
SHOWN: dict[str, dict[str, Any]] = {
    "players": {"label_column": "username"},
    "games": {"label_column": "title"},
    "snapshots": {"sort_desc": "id", "facets": ["verdict", "after_gap"]},
    "runs": {"sort_desc": "id", "facets": ["outcome"]},
    "rejections": {"sort_desc": "id", "facets": ["reason"]},
}


def metadata() -> str:
    tables = {name: _table(name, columns) for name, columns in documented().items() if name != ELSEWHERE}
    tables["alembic_version"] = {"hidden": True}
    canned = {name: _canned(query) for name, query in queries().items()}
    whole = {
        "title": "ra-syncer",
        "description": ABOUT,
        "databases": {"syncer": {"tables": tables, "queries": canned}},
    }
    return TOP + yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)


def _table(name: str, columns: list[ColumnDoc]) -> dict[str, Any]:
    texts = {c.name: ("UTC: " if c.type == "moment" else "") + column_text(c) for c in columns}
    return {"description": table_text(name), **SHOWN.get(name, {}), "columns": texts}


def _canned(query: Query) -> dict[str, Any]:
    sql, said = query.sql["sqlite"], plain(query.sentence)
    if wanted := tuple(dict.fromkeys(PARAMETER.findall(sql))):
        sql = _with_given(wanted, PARAMETER.sub(r"(SELECT \1 FROM given)", sql))
        said += f" Left empty, {', '.join(f':{name} is {LEFT_EMPTY[name][1]}' for name in wanted)}."
    return {"title": query.title, "description": said, "hide_sql": True, "sql": sql + "\n"}


def _with_given(wanted: tuple[str, ...], sql: str) -> str:
    """The query after a row of what was filled in."""
    values = ",\n         ".join(f"{_value(name)} AS {name}" for name in wanted)
    rest = re.sub(r"^WITH (RECURSIVE )?", "", sql)
    how = "WITH RECURSIVE" if sql.startswith("WITH RECURSIVE") else "WITH"
    return f"{how} given AS (\n  SELECT {values}\n){',' if rest != sql else ''}\n{rest}"


def _value(name: str) -> str:
    """Return what was filled in, or the default; ISO 8601 text of a moment in the form of the database."""
    default = LEFT_EMPTY[name][0]
    if name not in MOMENTS:
        return f"coalesce(nullif(:{name}, ''), {default})"
    # A year or a month alone is no moment to strftime, but its text compares rightly.
    return (
        f"CASE WHEN nullif(:{name}, '') IS NULL THEN {default} "
        f"WHEN length(:{name}) < 10 THEN :{name} ELSE strftime('%Y-%m-%d %H:%M:%f', :{name}) END"
    )


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as a person would write them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
