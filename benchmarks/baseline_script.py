"""The baseline of a run: a script with requests, json and sqlite3 alone.

It sends the same requests and writes the same rows in the same commits; it validates and retries nothing.
"""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from . import child

FIELDS = (
    "NumPossibleAchievements",
    "PossibleScore",
    "NumAchieved",
    "ScoreAchieved",
    "NumAchievedHardcore",
    "ScoreAchievedHardcore",
)
OPEN = """
    SELECT game_id, id, num_possible_achievements, possible_score, num_achieved, score_achieved,
           num_achieved_hardcore, score_achieved_hardcore
    FROM snapshots WHERE player_id = 1 AND is_open AND game_id BETWEEN ? AND ?"""
PLAYER = """INSERT INTO players (id, ulid, username, config_name, added_at, profile_checked_at)
    VALUES (1, ?, ?, ?, ?, ?)"""
TOTAL = """INSERT INTO account_snapshots (player_id, measure, first_seen_at, last_seen_at, poll_count, value,
    promised_seconds, after_gap, is_open, run_id) VALUES (1, ?, ?, ?, 1, ?, 86400, 0, 1, ?)"""
MEASURES = {
    "hardcore_points": "TotalPoints",
    "softcore_points": "TotalSoftcorePoints",
    "retro_points": "TotalTruePoints",
}
TARGET = """INSERT INTO targets (player_id, game_id, source, added_at, failures, promised_seconds)
    VALUES (1, ?, 'config', ?, 0, 900)"""
INSERT = """INSERT INTO snapshots (player_id, game_id, first_seen_at, last_seen_at, poll_count,
    num_possible_achievements, possible_score, num_achieved, score_achieved, num_achieved_hardcore,
    score_achieved_hardcore, verdict, after_gap, is_open, run_id, restored_achievements, restored_points,
    restored_achievements_hardcore, restored_points_hardcore)
    VALUES (1, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 'new', 0, 1, ?, 0, 0, 0, 0)"""
ACCOUNT = """INSERT INTO account_polls (player_id, first_seen_at, last_seen_at, poll_count, promised_seconds,
    after_gap, is_open) VALUES (1, ?, ?, 1, 900, 0, 1)"""
EXTEND = """
    UPDATE snapshots SET last_seen_at = ?, poll_count = poll_count + 1
    WHERE id IN (SELECT value FROM json_each(?))"""
ADD_COUNTS = """
    UPDATE runs SET recorded_batches = ?, targets_asked = targets_asked + ?, targets_seen = targets_seen + ?,
           snapshots_added = snapshots_added + ? WHERE id = ?"""


def now(ahead: timedelta = timedelta(0)) -> str:
    """Return the present, or a later moment, as SQLite stores it."""
    return f"{datetime.now(UTC) + ahead:%Y-%m-%d %H:%M:%S.%f}"[:23]


class BaselineRun:
    """A run over one player, with both databases."""

    def __init__(self, folder: Path, base_url: str, player: str, key: str) -> None:
        self.base_url, self.session, self.player, self.key = base_url, requests.Session(), player, key
        self.history, self.budget = connect(folder / child.HISTORY), connect(folder / child.BUDGET)
        self.commits = [0, 0]

    def commit(self, which: int) -> None:
        (self.history, self.budget)[which].execute("COMMIT")
        self.commits[which] += 1

    def get(self, path: str, **params: str) -> Any:
        self.budget.execute("BEGIN IMMEDIATE")
        self.budget.execute("UPDATE budgets SET next_free_at = ?", (now(),))
        self.commit(1)
        params |= {"z": self.player, "y": self.key}
        return json.loads(self.session.get(f"{self.base_url}/{path}", params=params, timeout=30).content)

    def run(self, games: tuple[int, ...]) -> None:
        run, player = self.open_run(), self.history.execute("SELECT id FROM players").fetchone()
        if not player:
            self.bind(run, games)
        for number, start in enumerate(range(0, len(games), child.BATCH), 1):
            self.batch(run, number, games[start : start + child.BATCH])
        self.history.execute("BEGIN IMMEDIATE")
        finish = "UPDATE runs SET player_id = 1, finished_at = ?, outcome = 'ok', requests = ? WHERE id = ?"
        self.history.execute(finish, (now(), number + (not player), run))
        self.commit(0)

    def open_run(self) -> int:
        self.history.execute("BEGIN IMMEDIATE")
        query = """INSERT INTO runs (started_at, trigger, outcome, targets_asked, targets_seen,
            snapshots_added, requests, recorded_batches) VALUES (?, 'bench', 'running', 0, 0, 0, 0, 0)"""
        run = self.history.execute(query, (now(),)).lastrowid
        self.commit(0)
        assert run
        return run

    def bind(self, run: int, games: tuple[int, ...]) -> None:
        profile, at = self.get("API_GetUserProfile.php", u=self.player), now()
        self.history.execute("BEGIN IMMEDIATE")
        row = (profile["ULID"], profile["User"], self.player, at, at)
        self.history.execute(PLAYER, row)
        totals = [(measure, at, at, profile[field], run) for measure, field in MEASURES.items()]
        self.history.executemany(TOTAL, totals)
        self.history.execute("INSERT INTO player_names VALUES (1, ?, ?, ?)", (at, profile["User"], at))
        self.commit(0)
        self.history.execute("BEGIN IMMEDIATE")
        self.history.executemany("INSERT INTO games (id) VALUES (?)", [(game,) for game in games])
        self.history.executemany(TARGET, [(game, at) for game in games])
        self.commit(0)

    def batch(self, run: int, number: int, games: tuple[int, ...]) -> None:
        response = self.get("API_GetUserProgress.php", u=self.player, i=",".join(map(str, games)))
        progress = {int(game): tuple(entry[name] for name in FIELDS) for game, entry in response.items()}
        at = now()
        execute = self.history.execute
        execute("BEGIN IMMEDIATE")
        stored = {row[0]: row[1:] for row in execute(OPEN, (games[0], games[-1]))}
        same = [stored[game][0] for game in games if game in stored and stored[game][1:] == progress[game]]
        new = [(game, at, at, *progress[game], run) for game in games if game not in stored]
        assert len(same) + len(new) == len(games), "the baseline handles no changes"
        self.history.executemany(INSERT, new)
        if number == 1 and new:
            execute(ACCOUNT, (at, at))
        execute(EXTEND, (at, json.dumps(same)))
        execute(ADD_COUNTS, (number, len(games), len(games), len(new), run))
        self.commit(0)


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def main() -> None:
    parameters = child.RunParameters.from_command_line()
    baseline = BaselineRun(parameters.folder, parameters.base_url, parameters.player, parameters.key)
    child.print_measurement(lambda: baseline.run(parameters.games), lambda: baseline.commits)


if __name__ == "__main__":
    main()
