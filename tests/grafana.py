"""The dashboards of contrib/grafana as Grafana reads them: their queries, and how it fills them in.

First its browser puts in the variables, then its PostgreSQL data source the macros.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "contrib" / "grafana"
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^\)]*)\)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
INTERVAL = re.compile(r"'?(\d+)([smhdw])'?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and where it stands. `form`: variable, annotation, or the panel's type."""

    board: str
    title: str
    form: str
    sql: str
    format: str
    whole: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board}: {self.title}"


def boards() -> dict[str, dict[str, Any]]:
    return {
        file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("dashboards/*.json"))
    }


def queries() -> Iterator[Asked]:
    for name, board in boards().items():
        for one in board["templating"]["list"]:
            yield Asked(name, one["name"], "variable", one["query"], "table", one)
        for one in board["annotations"]["list"]:
            target = one["target"]
            yield Asked(name, one["name"], "annotation", target["rawSql"], target["format"], one)
        for one in board["panels"]:
            for target in one["targets"]:
                yield Asked(name, one["title"], one["type"], target["rawSql"], target["format"], one)


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody who looks at a dashboard has chosen."""

    since: datetime
    until: datetime
    chosen: Mapping[str, str]  # the dashboard's variables
    zone: str = "UTC"
    interval: str = "12h"

    def expand(self, sql: str) -> str:
        """As it reaches PostgreSQL. Raises ValueError for what Grafana would refuse."""
        return MACRO.sub(self._macro, VARIABLE.sub(self._variable, sql))

    def _variable(self, found: re.Match[str]) -> str:
        """A name that it does not know stays as it is: it may be a macro's."""
        known = {**self.chosen, "__timezone": self.zone, "__interval": self.interval}
        value = known.get(found[1] or found[2])
        return found[0] if value is None else value.replace("'", "''")

    def _macro(self, found: re.Match[str]) -> str:
        name, *arguments = found[1], *(argument.strip() for argument in found[2].split(","))
        since, until = (f"'{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'" for t in (self.since, self.until))
        match name:
            case "__timeFrom":
                return since
            case "__timeTo":
                return until
            case "__timeFilter":
                return f"{arguments[0]} BETWEEN {since} AND {until}"
            case "__timeGroup":
                if found.string[found.end() : found.end() + 1] == ",":
                    raise ValueError("followed by a comma it would name its column")
                return group(*arguments)
        raise ValueError(f"{name} is no macro that these dashboards need")


def group(column: str, interval: str) -> str:
    length = INTERVAL.fullmatch(interval)
    if not length:
        raise ValueError(f"{interval} is no interval")
    seconds = int(length[1]) * SECONDS[length[2]]
    return f"floor(extract(epoch from {column})/{seconds})*{seconds}"
