"""contrib/datasette/metadata.yaml, from docs/sql.md: what each column means, and the ready queries."""

import re
from typing import Any

import yaml

from tests.sql_doc import PARAMETER, ColumnDoc, Query, documented, queries, sections

TOP = """\
# Written by ./run docs from docs/sql.md; change it there. For a database called syncer.db:
#
#   datasette syncer.db -m metadata.yaml
#
# Units stand in the descriptions: Datasette's own would show 7200 s as 7.2 ks.
"""
ABOUT = "What RetroAchievements players had achieved at every moment, and when nobody looked. Times are UTC."
ELSEWHERE = "budgets"  # on SQLite a file of its own
NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now'{})"
PLAYER = "coalesce(nullif(:player, ''), (SELECT min(id) FROM players))"
LEFT_EMPTY = {  # what a parameter means that nobody filled in: in SQL, and in words
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
SHOWN: dict[
    str, dict[str, Any]
] = {  # the newest first, and what stands for a row where another table refers to it
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
    said = {c.name: f"UTC: {c.meaning}" if c.type == "moment" else c.meaning for c in columns}
    return {"description": _first_paragraph(sections()[f"`{name}`"]), **SHOWN.get(name, {}), "columns": said}


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())


def _canned(query: Query) -> dict[str, str]:
    wanted = tuple(dict.fromkeys(PARAMETER.findall(query.sql["sqlite"])))
    if not wanted:
        return {"title": query.title, "description": query.sentence, "sql": query.sql["sqlite"] + "\n"}
    empty = ", ".join(f":{name} is {LEFT_EMPTY[name][1]}" for name in wanted)
    sql = PARAMETER.sub(r"(SELECT \1 FROM given)", query.sql["sqlite"])
    return {
        "title": query.title,
        "description": f"{query.sentence} Left empty, {empty}.",
        "sql": _with_given(wanted, sql) + "\n",
    }


def _with_given(wanted: tuple[str, ...], sql: str) -> str:
    """The query after a row of what was filled in."""
    values = ",\n         ".join(f"coalesce(nullif(:{n}, ''), {LEFT_EMPTY[n][0]}) AS {n}" for n in wanted)
    rest = re.sub(r"^WITH (RECURSIVE )?", "", sql)
    how = "WITH RECURSIVE" if sql.startswith("WITH RECURSIVE") else "WITH"
    return f"{how} given AS (\n  SELECT {values}\n){',' if rest != sql else ''}\n{rest}"


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as a person would write them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
