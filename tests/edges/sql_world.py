"""What the invented months of sql_facts.py are made of: times, games, and what each set is worth."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
START = datetime(2026, 1, 7, 9, tzinfo=UTC)  # a Wednesday
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)  # the summer time of Europe began meanwhile
EVERY, GAP_AFTER = timedelta(hours=2), timedelta(minutes=30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AWAY = ((START + 20 * DAY, START + 23 * DAY), (START + 100 * DAY, START + 100 * DAY + 7 * HOUR))
FORGOTTEN_AT = NOW - 10 * DAY - 3 * HOUR + timedelta(milliseconds=2618)  # its last poll
FORGOTTEN, REMOVED = 11, 12  # games of player 1: not asked about any more; not followed any more
ALMOST = {9: 11, 11: 12, REMOVED: 10}  # unlocks of player 1; 12 of 15 are 80 %, exactly
TITLES = {
    1: "Sonic the Hedgehog",
    2: "It's a \"quote\", isn't it?; DROP TABLE players --",
    3: "Pokémon 🎮 красный 赤",
    4: "لعبة",
    5: "=cmd()|' /C calc'!A0",
    6: "two\nlines",
    7: "100 % :since \\ done",
    8: "Mario's <b>Picross</b>",
    9: "~Hack~ Zelda",
    10: None,
    11: "Tetris",
    12: "tetris",
    13: "Nobody unlocked anything here",
    14: "Achievement of the Week",
    15: "Known from a list of unlocks only",
}
CONSOLES = ((1, "Mega Drive"), (7, "NES/Famicom"), (4, "Game Boy"))
EVENT, LISTED = 14, 15  # followed, but no game; not followed, and sent with the name of its console alone
EVENTS = (101, "Events")


@dataclass
class Sets:
    """What each game's set is worth, at a moment: points by achievement."""

    points: dict[int, dict[int, int]] = field(default_factory=dict)

    def at(self, moment: datetime) -> dict[int, dict[int, int]]:
        now = {game: dict(points) for game, points in self.points.items()}
        for when, game, change in REVISIONS:
            if when <= moment:
                change(now[game])
        return now


def grown(first: int, count: int) -> Any:
    return lambda points: points.update({first + n: 5 for n in range(count)})


REVISIONS: tuple[tuple[datetime, int, Any], ...] = (
    (START + 60 * DAY, 3, grown(3900, 4)),
    (START + 70 * DAY, 1, grown(1900, 3)),  # after its mastery
    (START + 80 * DAY, 5, lambda points: points.update({a: 2 * worth for a, worth in points.items()})),
    (START + 90 * DAY, 4, lambda points: points.pop(4000)),  # a demotion
    (START + 95 * DAY, 1, grown(1950, 1)),
    (START + 100 * DAY, 7, grown(7900, 2)),  # after its completion
    (START + 110 * DAY, 6, dict.clear),
    (START + 112 * DAY, 6, grown(6000, 12)),
    (START + 120 * DAY, 2, lambda points: points.pop(2001)),  # after its mastery, too
)
RESETS = ((1, 7, START + 75 * DAY), (2, 8, START + 130 * DAY))  # player, game, when


@dataclass
class Facts:
    """Rows by table, in the order in which they can be inserted."""

    players: list[Row] = field(default_factory=list)
    player_names: list[Row] = field(default_factory=list)
    games: list[Row] = field(default_factory=list)
    game_titles: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    snapshots: list[Row] = field(default_factory=list)
    account_polls: list[Row] = field(default_factory=list)
    rejections: list[Row] = field(default_factory=list)
    unlocks: list[Row] = field(default_factory=list)
    consoles: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    awards: list[Row] = field(default_factory=list)
    account_snapshots: list[Row] = field(default_factory=list)
    consistency_checks: list[Row] = field(default_factory=list)
    player_jobs: list[Row] = field(default_factory=list)
    games_played: list[Row] = field(default_factory=list)
    play_sessions: list[Row] = field(default_factory=list)
    playtime: list[Row] = field(default_factory=list)
