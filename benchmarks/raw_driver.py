"""The baseline of the recording path: the drivers alone, with the fastest known statements."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.tables import DELTAS, RESTORED

from .one_poll import Numbers

OPEN = f"""
    SELECT t.game_id, s.id, {", ".join("s." + name for name in PROGRESS_COLUMNS)}
    FROM targets t JOIN snapshots s ON s.player_id = t.player_id AND s.game_id = t.game_id AND s.is_open
    WHERE t.player_id = 1 AND t.game_id BETWEEN ? AND ? ORDER BY t.game_id"""  # noqa: S608
EXTEND = """
    UPDATE snapshots SET last_seen_at = ?, poll_count = poll_count + 1
    WHERE id IN (KEYS) AND is_open AND last_seen_at < ?"""
CLOSE = "UPDATE snapshots SET is_open = false, closed_at = ? WHERE id IN (KEYS)"
ADD_COUNTS = """
    UPDATE runs SET recorded_batches = ?, targets_asked = targets_asked + ?, targets_seen = targets_seen + ?,
           snapshots_added = snapshots_added + ? WHERE id = ?"""
OPEN_RUN = """
    INSERT INTO runs (player_id, started_at, trigger, outcome, targets_asked, targets_seen, snapshots_added,
                      requests, recorded_batches) VALUES (1, ?, 'bench', 'running', 0, 0, 0, 0, 0)"""
INSERT = f"""
    INSERT INTO snapshots (player_id, game_id, first_seen_at, last_seen_at, poll_count,
                           {", ".join((*PROGRESS_COLUMNS, *DELTAS, *RESTORED))},
                           verdict, after_gap, is_open, run_id)
    VALUES (1, ?, ?, ?, 1, {", ".join("?" * 12)}, 0, 0, 0, 0, 'changed', false, true, ?)"""  # noqa: S608


Response = Mapping[GameId, Numbers]


def with_deltas(numbers: Numbers, before: Numbers) -> Numbers:
    """Return the numbers and how they differ from those before."""
    return (*numbers, *(now - then for now, then in zip(numbers, before, strict=True)))


class RawDriver:
    """Reads the open rows of a batch, compares, and writes, in one transaction for each batch."""

    begin = "BEGIN"
    locking = ""

    def __init__(self, connection: Any, keys: str, mark: str) -> None:
        self.connection = connection
        texts = (OPEN + self.locking, EXTEND, CLOSE, ADD_COUNTS, INSERT, OPEN_RUN)
        (
            self.open,
            self.extend,
            self.close,
            self.add_counts,
            self.insert,
            self.open_run,
        ) = (text.replace("KEYS", keys).replace("?", mark) for text in texts)

    def keys(self, ids: Sequence[int]) -> Any:
        return ids

    def moment(self, at: datetime) -> Any:
        return at

    def record(self, run: int, responses: Sequence[Response], at: datetime, every: timedelta) -> None:
        now = self.moment(at)
        for number, response in enumerate(responses, 1):
            self.connection.execute(self.begin)
            self.batch(run, number, response, now)
            self.connection.execute("COMMIT")

    def batch(self, run: int, number: int, response: Response, now: Any) -> None:
        execute, ids = self.connection.execute, list(response)
        rows = execute(self.open, (ids[0], ids[-1])).fetchall()
        changed = [row for row in rows if row[2:] != response[row[0]]]
        same = [row[1] for row in rows if row[2:] == response[row[0]]]
        if changed:
            execute(self.close, (now, self.keys([row[1] for row in changed])))
            new = [(row[0], now, now, *with_deltas(response[row[0]], row[2:]), run) for row in changed]
            self.connection.cursor().executemany(self.insert, new)
        execute(self.extend, (now, self.keys(same), now))
        execute(self.add_counts, (number, len(ids), len(ids), len(changed), run))


class RawSqlite(RawDriver):
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        super().__init__(connection, "SELECT value FROM json_each(?)", "?")

    def keys(self, ids: Sequence[int]) -> Any:
        return json.dumps(ids)

    def moment(self, at: datetime) -> Any:
        return f"{at:%Y-%m-%d %H:%M:%S.%f}"[:23]


class RawPsycopg(RawDriver):
    locking = " FOR UPDATE OF t"

    def __init__(self, url: str) -> None:
        super().__init__(psycopg.connect(url, autocommit=True), "SELECT unnest(?::bigint[])", "%s")
