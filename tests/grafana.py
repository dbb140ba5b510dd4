"""The dashboards of contrib/grafana: their queries, and how Grafana expands them.

Grafana's browser replaces the variables first, then its PostgreSQL data source the macros. The plugin for
SQLite has macros of its own, which these dashboards do without.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "contrib" / "grafana"
SQLITE = FOLDER / "sqlite"
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^\)]*)\)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
INTERVAL = re.compile(r"'?(\d+)([smhdw])'?")


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """A query and its place. `form`: variable, annotation, or the type of the panel."""

    board: str
    title: str
    form: str
    sql: str
    format: str
    whole: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board}: {self.title}"


def boards(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    return {
        file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("dashboards/*.json"))
    }


def queries(folder: Path = FOLDER) -> Iterator[BoardQuery]:
    for name, board in boards(folder).items():
        for one in board["templating"]["list"]:
            yield BoardQuery(name, one["name"], "variable", one["query"], "table", one)
        for one in board["annotations"]["list"]:
            yield BoardQuery(name, one["name"], "annotation", *_query_of(one["target"]), one)
        for one in board["panels"]:
            for target in one["targets"]:
                yield BoardQuery(name, one["title"], one["type"], *_query_of(target), one)


def _query_of(target: dict[str, Any]) -> tuple[str, str]:
    """Return the text and the format of a query of either data source."""
    if "rawSql" in target:
        return target["rawSql"], target["format"]
    return target["rawQueryText"], target["queryType"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """The choices of a person who views a dashboard."""

    since: datetime
    until: datetime
    chosen: Mapping[str, str]  # the dashboard's variables
    zone: str = "UTC"
    interval: str = "12h"

    def expand(self, sql: str) -> str:
        """Return the query as PostgreSQL receives it. Raises ValueError for what Grafana would refuse."""
        return MACRO.sub(self._macro, VARIABLE.sub(self._variable, sql))

    def _variable(self, match: re.Match[str]) -> str:
        """Return the value of a variable; an unknown name stays, as it may be a macro."""
        known = {**self.chosen, "__timezone": self.zone, "__interval": self.interval}
        value = known.get(match[1] or match[2])
        return match[0] if value is None else value.replace("'", "''")

    def _macro(self, match: re.Match[str]) -> str:
        name, *arguments = match[1], *(argument.strip() for argument in match[2].split(","))
        since, until = (f"'{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'" for t in (self.since, self.until))
        match name:
            case "__timeFrom":
                return since
            case "__timeTo":
                return until
            case "__timeFilter":
                return f"{arguments[0]} BETWEEN {since} AND {until}"
            case "__timeGroup":
                if match.string[match.end() : match.end() + 1] == ",":
                    raise ValueError("followed by a comma, __timeGroup would name its column")
                return group(*arguments)
        raise ValueError(f"{name} is not a macro of these dashboards")


def group(column: str, interval: str) -> str:
    length = INTERVAL.fullmatch(interval)
    if not length:
        raise ValueError(f"{interval} is not an interval")
    seconds = int(length[1]) * SECONDS[length[2]]
    return f"floor(extract(epoch from {column})/{seconds})*{seconds}"


def expand_sqlite(viewer: Viewer, sql: str) -> str:
    """Return the query as SQLite receives it. Raises ValueError for a word that Grafana would not replace."""
    times = {"__from": viewer.since, "__to": viewer.until}
    words = {name: str(round(moment.timestamp() * 1000)) for name, moment in times.items()}
    words["__interval_ms"] = str(_milliseconds(viewer.interval))
    quoted = {name: "'" + value.replace("'", "''") + "'" for name, value in viewer.chosen.items()}

    def replace(match: re.Match[str]) -> str:
        found = quoted.get(match[1]) if match[1] else words.get(match[2])
        if found is None:
            raise ValueError(f"{match[0]} is not a variable")
        return found

    return re.sub(r"\$\{(\w+):sqlstring\}|\$(\w+)", replace, sql)


def _milliseconds(interval: str) -> int:
    length = INTERVAL.fullmatch(interval)
    assert length
    return int(length[1]) * SECONDS[length[2]] * 1000
