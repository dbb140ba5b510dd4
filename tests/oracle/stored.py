"""What the product has stored: its documented tables and views, and one page, as plain values.

A query that fails, as a table or a column is missing, is kept as such: the comparisons that need it fail.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.errors import StoreError
from tests.edges.web.harness import served

from .recording import Recording

Rows: TypeAlias = list[dict[str, Any]]
QUERIES = {
    "unlocks": "SELECT x.* FROM unlocks x JOIN chosen ON player_id = chosen.id",
    "first_unlocks": "SELECT x.* FROM first_unlocks x JOIN chosen ON player_id = chosen.id",
    "awards": "SELECT x.* FROM awards x JOIN chosen ON player_id = chosen.id",
    "account": "SELECT x.* FROM account_snapshots x JOIN chosen ON player_id = chosen.id ORDER BY x.id",
    "snapshots": "SELECT x.* FROM snapshots x JOIN chosen ON player_id = chosen.id ORDER BY x.id",
    "changes": "SELECT x.* FROM progress_changes x JOIN chosen ON player_id = chosen.id ORDER BY x.id",
    "daily": "SELECT x.* FROM daily_progress x JOIN chosen ON player_id = chosen.id ORDER BY day",
    "totals": "SELECT x.* FROM player_totals x JOIN chosen ON player_id = chosen.id",
    "messages": "SELECT x.* FROM messages x JOIN chosen ON player_id = chosen.id ORDER BY x.id",
    "targets": "SELECT x.* FROM targets x JOIN chosen ON player_id = chosen.id",
}
CHOSEN = "WITH chosen AS (SELECT id FROM players WHERE username = :player) "
DAY_CELL = re.compile(r'title="(\d+ \w+): ([\d,]+) unlocked, ([\d,]+) points?[",]')
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
        stored.tables = {name: query(recording, name, player) for name in QUERIES}
    with served(recording.context()) as browser:
        for player, stored in found.items():
            page = browser.get(f"/calendar?player={player}&year={year}").text
            cells = DAY_CELL.findall(page)
            stored.days = {day: (_integer(count), _integer(points)) for day, count, points in cells}
            streak = LONGEST.search(page)
            stored.longest_streak = int(streak[1]) if streak else 0
    return found


def query(recording: Recording, name: str, player: str) -> Rows | str:
    """Return the rows of a query about a player, or why it failed."""
    try:
        rows = recording.rows(CHOSEN + QUERIES[name], player=player)
    except (sa.exc.DBAPIError, StoreError) as error:
        return f"the query {name} failed: {error}"
    return [{column: _value(column, value) for column, value in row.items()} for row in rows]


def _value(name: str, value: Any) -> Any:
    """Return moments as such: on SQLite they are texts."""
    if isinstance(value, str) and (name.endswith(("_at", "_after", "_before", "_until"))):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if name == "day":
        return str(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _integer(text: str) -> int:
    return int(text.replace(",", ""))
