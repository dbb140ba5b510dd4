"""A year written row by row: the same rows as if every poll had been recorded.

tests/edges/test_year.py proves it: it records the polls of a small year one by one and compares.
"""

from itertools import islice
from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.core.polling.promise import extends_account, is_account_late
from syncer.store.db.account_tables import account_polls
from syncer.store.db.engine import Database
from syncer.store.db.tables import DELTAS, RESTORED, games, player_names, players, runs, snapshots, targets

from .year import EVERY, GAP_AFTER, START, Numbers, Year

PLAYER = {"id": 1, "ulid": "0" * 26, "username": "Tester", "config_name": "Tester", "added_at": START}
CHUNK = 96  # runs written together, a day: the pages of the tables are laid out as if written poll by poll
Row = dict[str, Any]


def write(database: Database, year: Year) -> None:
    """Write the year into an empty database of the current schema."""
    rows = snapshot_rows(year)
    by_run = run_rows(year, rows)
    with database.writing() as tx:
        tx.execute(players.insert(), PLAYER | {"profile_checked_at": START})
        name = {"player_id": 1, "first_seen_at": START, "username": "Tester", "last_seen_at": START}
        tx.execute(player_names.insert(), name)
        tx.execute(games.insert(), [{"id": game} for game in year.games])
        tx.execute(targets.insert(), [target(game) for game in year.games])
        tx.execute(account_polls.insert(), account_rows(year))
    days, waiting = iter(by_run), iter(rows)
    while day := list(islice(days, CHUNK)):
        new = list(islice(waiting, sum(row["snapshots_added"] for row in day)))
        with database.writing() as tx:
            tx.execute(runs.insert(), day)
            if new:
                tx.execute(snapshots.insert(), new)
    set_counters(database)


def set_counters(database: Database) -> None:
    """Move PostgreSQL's sequences past the given ids, which do not advance them."""
    if database.path is None:
        with database.writing() as tx:
            for table in ("players", "runs", "snapshots", "account_polls"):
                tx.execute(sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))  # noqa: S608


def target(game: GameId) -> Row:
    row = {"player_id": 1, "game_id": game, "source": "config", "added_at": START, "failures": 0}
    return row | {"promised_seconds": int(EVERY.total_seconds())}


def account_rows(year: Year) -> list[Row]:
    """Return the rows of `account_polls`."""
    rows: list[Row] = []
    for at in (year.polled_at(run, batch) for run in year.runs for batch in range(len(year.batches))):
        last = rows[-1]["last_seen_at"] if rows else None
        if last is None or is_account_late(last, EVERY, GAP_AFTER, at):
            row = {"player_id": 1, "first_seen_at": at, "last_seen_at": at, "poll_count": 1, "is_open": True}
            for before in rows[-1:]:
                before["is_open"] = False
            rows.append(row | {"promised_seconds": int(EVERY.total_seconds()), "after_gap": bool(rows)})
        elif extends_account(last, EVERY, at):
            rows[-1] |= {"last_seen_at": at, "poll_count": rows[-1]["poll_count"] + 1}
    return rows


def snapshot_rows(year: Year) -> list[Row]:
    """Return the rows of `snapshots` in the order of their ids."""
    rows: list[Row] = []
    newest: dict[GameId, tuple[Row, int]] = {}  # the open row, and the position of its first run
    previous = 0
    for position, (run, now) in enumerate(year.responses()):
        late = (run - previous) * EVERY > EVERY + GAP_AFTER
        polled = year.games if late or not rows else year.changing.get(run, ())
        for game in polled:
            row = new_row(year, run, game, now[game])
            if game in newest:
                before, first = newest[game]
                same = all(before[name] == row[name] for name in PROGRESS_COLUMNS)
                row |= {"verdict": "resumed" if same else "changed", "after_gap": late}
                row |= {f"{name}_delta": row[name] - before[name] for name in PROGRESS_COLUMNS}
                close_row(year, before, year.runs[position - 1], position - first)
                before |= {"is_open": False, "closed_at": row["first_seen_at"]}
            newest[game] = row, position
            rows.append(row)
        previous = run
    for row, first in newest.values():
        close_row(year, row, previous, len(year.runs) - first)
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def new_row(year: Year, run: int, game: GameId, numbers: Numbers) -> Row:
    at = year.polled_at(run, year.batch_of[game])
    row = {"player_id": 1, "game_id": game, "first_seen_at": at, "run_id": run_id(year, run)}
    row |= {"verdict": "new", "after_gap": False, "is_open": True, "closed_at": None}
    return (
        row
        | dict.fromkeys(RESTORED, 0)
        | dict.fromkeys(DELTAS)
        | dict(zip(PROGRESS_COLUMNS, numbers, strict=True))
    )


def close_row(year: Year, row: Row, run: int, poll_count: int) -> None:
    row |= {"last_seen_at": year.polled_at(run, year.batch_of[row["game_id"]]), "poll_count": poll_count}


def run_id(year: Year, run: int) -> int:
    return year.position_of[run] + 1


def run_rows(year: Year, rows: list[Row]) -> list[Row]:
    """Return the rows of `runs`."""
    added: dict[int, int] = {}
    for row in rows:
        added[row["run_id"]] = added.get(row["run_id"], 0) + 1
    return [
        {
            "id": run_id(year, run),
            "player_id": 1,
            "started_at": year.started(run),
            "finished_at": year.finished(run),
            "trigger": "schedule",
            "outcome": "ok",
            "targets_asked": len(year.games),
            "targets_seen": len(year.games),
            "snapshots_added": added.get(run_id(year, run), 0),
            "requests": len(year.batches),
            "recorded_batches": len(year.batches),
        }
        for run in year.runs
    ]
