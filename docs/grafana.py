"""The dashboards for SQLite: those for PostgreSQL, with the queries of grafana_sqlite.sql."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BOARDS = HERE.parent / "contrib" / "grafana" / "dashboards"
SQL = HERE / "grafana_sqlite.sql"
SOURCE = {"type": "frser-sqlite-datasource", "uid": "syncer-sqlite"}
HEADER = re.compile(r"^-- (\w+): (.+)$", re.M)
FORM = "%Y-%m-%d %H:%M:%f"  # of the columns
EARNED = """\
earned AS (
  SELECT unlocked_at AS at, points, 1 AS achievements, game_id FROM first_unlocks WHERE player_id = {player}
  UNION ALL
  SELECT first_seen_at, score_achieved_delta - coalesce(restored_points, 0),
         max(num_achieved_delta - coalesce(restored_achievements, 0), 0), game_id
  FROM progress_changes
  WHERE player_id = {player} AND game_id NOT IN (SELECT id FROM games WHERE is_event)
    AND score_achieved_delta > coalesce(restored_points, 0)
    AND kind NOT IN ('gone', 'returned', 'reweighted', 'restored', 'unconfirmed')
    AND NOT EXISTS (SELECT 1 FROM unlocks WHERE player_id = {player})
)"""
WORDS = {
    # The plugin puts values into the text: sqlstring quotes them, whatever a link holds.
    "player": "CAST(${player:sqlstring} AS INTEGER)",
    "game": "CAST(${game:sqlstring} AS INTEGER)",
    "from": f"strftime('{FORM}', $__from / 1000.0, 'unixepoch')",
    "to": f"strftime('{FORM}', $__to / 1000.0, 'unixepoch')",
}
MACROS = {
    # The plugin takes RFC 3339 for a time, and nothing else that the columns could be.
    "time": "strftime('%Y-%m-%dT%H:%M:%fZ', {})",
    "flag": "CASE WHEN {} THEN 'true' ELSE 'false' END",
    "day": "date({}, 'localtime')",
    "monday": "date({}, 'localtime', '-6 days', 'weekday 1')",
    "begin": f"strftime('{FORM}', {{}}, 'utc')",
    "step": "CAST(strftime('%s', {}) AS INTEGER) / max($__interval_ms / 1000, 1)",
}


def sqlite_boards() -> dict[str, str]:
    """Return the JSON of each dashboard by its name."""
    texts = _texts()
    return {file.stem: _board(file, texts) for file in sorted(BOARDS.glob("*.json"))}


def _texts() -> dict[tuple[str, str], str]:
    """Return the query of each dashboard and place. Raises ValueError for a place that has two."""
    found: dict[tuple[str, str], str] = {}
    for block in SQL.read_text("utf-8").split("\n\n"):
        sql = "\n".join(line for line in block.splitlines() if not line.startswith("--"))
        for key in HEADER.findall(block):
            if key in found:
                raise ValueError(f"{key} stands twice")
            found[key] = sql.strip().removesuffix(";")
    return found


def _board(file: Path, texts: dict[tuple[str, str], str]) -> str:
    text = (
        file.read_text("utf-8")
        .replace('"syncer-', '"syncer-sqlite-')
        .replace("/d/syncer-", "/d/syncer-sqlite-")
    )
    board = json.loads(text.replace('"ra-syncer"', '"ra-syncer-sqlite"'))
    for owner, place, target in _places(board):
        sql = texts[file.stem, place]
        owner["datasource"] = SOURCE
        if target is None:
            owner["query"] = expand(sql)
        else:
            _set_query(target, sql)
            _drop_overrides(owner, sql)
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"


def _places(board: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any] | None]]:
    """Yield whatever has a query, its name in grafana_sqlite.sql, and its target; a variable has none."""
    yield from ((variable, variable["name"], None) for variable in board["templating"]["list"])
    for annotation in board["annotations"]["list"]:
        yield annotation, f"annotation {annotation['name']}", annotation["target"]
    yield from ((panel, panel["title"], target) for panel in board["panels"] for target in panel["targets"])


def _set_query(target: dict[str, Any], sql: str) -> None:
    is_series = target.pop("format") == "time_series"
    del target["rawSql"], target["rawQuery"]
    whole = expand(sql)
    # "time series" would divide each query into frames without names; a table with a time is one, too.
    target |= {
        "queryType": "table",
        "rawQueryText": whole,
        "queryText": whole,
        "timeColumns": time_columns(sql),
    }
    if is_series and "time" not in target["timeColumns"]:
        raise ValueError(f"a chart needs the column time: {sql}")


def _drop_overrides(panel: dict[str, Any], sql: str) -> None:
    """Remove how columns are shown that SQLite's query does not have."""
    config = panel.get("fieldConfig", {})
    if overrides := config.get("overrides"):
        config["overrides"] = [o for o in overrides if re.search(rf"\b{o['matcher']['options']}\b", sql)]


def time_columns(sql: str) -> list[str]:
    """Return the columns that are moments."""
    last = sql.rpartition("\nSELECT")[2] if sql.startswith("WITH") else sql
    return re.findall(r"(?:\{time:.*?\}|T%H:00:00Z', \w+\)) AS \"?(\w+)", last)


def expand(sql: str) -> str:
    """Return the query without what is written short, the innermost first."""
    sql = sql.replace("{earned}", EARNED)
    for word, text in WORDS.items():
        # As an escape, so that the braces of ${player:sqlstring} do not look like a macro.
        sql = sql.replace(f"{{{word}}}", text.replace("${", "$\0").replace("}", "\1"))
    while found := re.search(r"\{(\w+):([^{}]*)\}", sql):
        sql = sql.replace(found[0], _macro(found[1], found[2]))
    return sql.replace("\0", "{").replace("\1", "}")


def _macro(name: str, argument: str) -> str:
    if name == "hours":
        until, since = argument.split(", ")
        # Rounded: days as a number are exact to about a twentieth of a millisecond only.
        return f"(round((julianday({until}) - julianday({since})) * 86400, 3) / 3600)"
    return MACROS[name].format(argument)
