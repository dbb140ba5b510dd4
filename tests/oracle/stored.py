"""What the product has stored: its documented tables and views, and one page, as plain values.

A query that fails, as a table or a column is missing, is an answer, too: it fails the comparisons that need it.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from tests.edges.html import served

from .recording import Recording

Rows: TypeAlias = list[dict[str, Any]]
BY_PLAYER = "JOIN players p ON p.id = x.player_id WHERE p.username = :player"
QUERIES = {
    "unlocks": f"SELECT x.* FROM unlocks x {BY_PLAYER}",
    "first_unlocks": f"SELECT x.* FROM first_unlocks x {BY_PLAYER}",
    "awards": f"SELECT x.* FROM awards x {BY_PLAYER}",
    "account": f"SELECT x.* FROM account_snapshots x {BY_PLAYER} ORDER BY x.id",
    "snapshots": f"SELECT x.* FROM snapshots x {BY_PLAYER} ORDER BY x.id",
    "changes": "SELECT * FROM progress_changes WHERE username = :player ORDER BY id",
    "daily": "SELECT * FROM daily_progress WHERE username = :player ORDER BY day",
    "totals": "SELECT * FROM player_totals WHERE username = :player",
    "messages": f"SELECT x.* FROM messages x {BY_PLAYER} ORDER BY x.id",
    "targets": f"SELECT x.* FROM targets x {BY_PLAYER}",
}
DAY_CELL = re.compile(r'title="(\d+ \w+): ([\d,]+) unlocked, ([\d,]+) points?"')
LONGEST = re.compile(r"Longest streak</dt><dd><strong>(\d+)</strong>")


@dataclass
class Stored:
    """All of one player. `days`: unlocks and points by day, as the calendar of the year shows them."""

    tables: dict[str, Rows | str] = field(default_factory=dict)
    days: dict[str, tuple[int, int]] = field(default_factory=dict)
    longest_streak: int = 0

    def rows(self, name: str) -> Rows:
        """Return the rows of a query; fail where the database has no such table or view."""
        found = self.tables[name]
        assert not isinstance(found, str), found
        return found


def read_all(recording: Recording, players: list[str], year: int) -> dict[str, Stored]:
    """Return what is stored of each player."""
    found = {player: Stored() for player in players}
    for player, stored in found.items():
        stored.tables = {name: _query(recording, text, player) for name, text in QUERIES.items()}
    with served(recording.context()) as browser:
        for player, stored in found.items():
            page = browser.get(f"/calendar?player={player}&year={year}").text
            cells = DAY_CELL.findall(page)
            stored.days = {day: (_integer(count), _integer(points)) for day, count, points in cells}
            streak = LONGEST.search(page)
            stored.longest_streak = int(streak[1]) if streak else 0
    return found


def _query(recording: Recording, text: str, player: str) -> Rows | str:
    try:
        rows = recording.rows(text, player=player)
    except sa.exc.DBAPIError as error:
        return f"{error.orig}"
    return [{name: _value(name, value) for name, value in row.items()} for row in rows]


def _value(name: str, value: Any) -> Any:
    """Return moments as such: on SQLite they are texts."""
    if isinstance(value, str) and (name.endswith(("_at", "_after", "_before", "_until"))):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if name == "day":
        return str(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _integer(text: str) -> int:
    return int(text.replace(",", ""))
