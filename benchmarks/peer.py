"""One peer in a Python of its own, which need not have the product: `peer.py NAME FOLDER`.

Reads one number of a pass from each line of its input, records that pass of 10,000 polls, and prints the
milliseconds of it and of its CPU.
"""

import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

GAMES = range(3, 30_003, 3)
NAMES = ("num_achievements", "score", "achieved", "points", "hardcore", "hardcore_points")
START, EVERY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=15)
Rows: TypeAlias = list[dict[str, Any]]
Record: TypeAlias = Callable[[Rows], object]
numbers = {game: [3000, 40000, 10, 100, 5, 50] for game in GAMES}


def rows_of(number: int, *, with_time: bool) -> Rows:
    """Return what a pass reads: 0.5 % of the games have changed since the one before."""
    for game in random.Random(number).sample(GAMES, len(GAMES) // 200):
        numbers[game][2] += 1
        numbers[game][3] += 5
    at = {"polled_at": str(START + EVERY * number)} if with_time else {}
    return [{"game_id": game, **dict(zip(NAMES, numbers[game], strict=True)), **at} for game in GAMES]


def pandas_append(folder: str) -> Record:
    import pandas as pd

    connection = sqlite3.connect(f"{folder}/pandas.db")

    def record(rows: Rows) -> None:
        pd.DataFrame(rows).to_sql("polls", connection, if_exists="append", index=False)
        connection.commit()

    return record


def sqlite_utils_upsert(folder: str) -> Record:
    import sqlite_utils

    database: Any = sqlite_utils.Database(f"{folder}/sqlite-utils.db")
    return lambda rows: database["polls"].upsert_all(rows, pk="game_id")


def dlt_append(folder: str) -> Record:
    return dlt_pipeline(folder, "append")


def dlt_scd2(folder: str) -> Record:
    return dlt_pipeline(folder, {"disposition": "merge", "strategy": "scd2"})


def dlt_pipeline(folder: str, disposition: Any) -> Record:
    import dlt

    place = dlt.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db")
    names = {"pipelines_dir": f"{folder}/pipelines", "dataset_name": "main"}
    pipeline = dlt.pipeline("polls", destination=place, **names)
    return lambda rows: pipeline.run(rows, table_name="polls", write_disposition=disposition)


PEERS: dict[str, Callable[[str], Record]] = {
    "pandas append": pandas_append,
    "sqlite-utils upsert": sqlite_utils_upsert,
    "dlt append": dlt_append,
    "dlt scd2": dlt_scd2,
}
WITHOUT_TIME = "dlt scd2"  # compares whole rows: with the time of the poll all would be new


def main() -> None:
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    name, folder = sys.argv[1:]
    record = PEERS[name](folder)
    for line in sys.stdin:
        rows = rows_of(int(line), with_time=name != WITHOUT_TIME)
        wall, cpu = time.perf_counter(), time.process_time()
        record(rows)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps([wall * 1000, cpu * 1000]), flush=True)


if __name__ == "__main__":
    main()
