"""The recording path: RunWriter.batch against the drivers alone, on SQLite and PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from syncer.core.model.decision import Snapshot, TargetState, Verdict
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId, Progress
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.store.db.engine import Database
from tests.postgres import Server

from .measure import Result, compared, median, timed
from .polling import EVERY, GAMES, START, WHO, Ours, Site, as_answer
from .raw_driver import Raw, RawPsycopg, RawSqlite

TURNS = 7
GOAL = 1.5
COUNTERS = "id, player_id, recorded_batches, targets_asked, targets_seen, snapshots_added"
COMPARED = {  # opening and closing a run is not measured: of runs, what recording writes
    "snapshots": "SELECT * FROM snapshots ORDER BY id",
    "targets": "SELECT * FROM targets ORDER BY game_id",
    "runs": f"SELECT {COUNTERS} FROM runs ORDER BY id",  # noqa: S608
}


def measured(folder: Path) -> Iterator[Result]:
    yield Result("a tick without any database: values and judgement", None, median(heart(), TURNS), "ms")
    for size in (100, 500):
        site, place = Site(), folder / f"sqlite-{size}"
        place.mkdir()
        ours = Ours(Database(f"sqlite:///{place / 'ours.db'}"))
        ours.prepare(site)
        ours.database.close()
        shutil.copy(place / "ours.db", place / "raw.db")
        raw = RawSqlite(place / "raw.db")
        yield against(f"record a tick, SQLite, batches of {size}", ours, raw, site, size)
    with closing(Server()) as server:
        for size in (100, 500):
            yield on_postgres(server, size)


def heart() -> Callable[[], None]:
    """The part of a tick that is neither SQL nor driver: what is stored as values, and judged."""
    numbers, look = Site().as_tuple, PollContext(START + EVERY, START + EVERY, WHO.schedule, WHO.gap_after)
    answer = as_answer(numbers)

    def standing(game: GameId) -> TargetState:
        stored = Snapshot(game, Progress(*numbers[game]), START, START)
        return TargetState(Target(game, START, START + EVERY), stored)

    def work() -> None:
        for start in range(0, len(GAMES), 500):
            judgement = validate_batch([standing(game) for game in GAMES[start : start + 500]], answer, look)
            assert judgement.decisions[0].verdict is Verdict.SAME

    return work


def on_postgres(server: Server, size: int) -> Result:
    site = Site()
    ours, theirs = (Ours(Database(url)) for url in (server.create_database(), server.create_database()))
    ours.prepare(site)
    theirs.prepare(site)
    raw = RawPsycopg(theirs.database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    theirs.database.close()
    return against(f"record a tick, PostgreSQL, batches of {size}", ours, raw, site, size)


def against(name: str, ours: Ours, raw: Raw, site: Site, size: int) -> Result:
    """Ticks in turns; the first one is for warming up. Both must have written the same."""
    pairs = [turn(ours, raw, site, size, tick) for tick in range(1, TURNS + 2)]
    for table, query in COMPARED.items():
        with ours.database.reading() as tx:
            mine = [tuple(row) for row in tx.exec_driver_sql(query)]
        assert mine == raw.connection.execute(query).fetchall(), f"{table}: floor and ours differ"
        assert len(mine) >= (TURNS if table == "runs" else len(site.as_tuple))
    ours.database.close()
    raw.connection.close()
    return compared(name, pairs[1:], "ms", GOAL)


def turn(ours: Ours, raw: Raw, site: Site, size: int, tick: int) -> tuple[float, float]:
    at = START + EVERY * tick
    site.change(tick)
    numbers = list(site.answers(size))
    answers = [(tuple(answer), as_answer(answer)) for answer in numbers]
    run = ours.writers.runs.open_run(ours.player, "bench", at)
    raw.connection.execute(raw.opened, (raw.moment(at),))
    floor: Any = lambda: raw.record(run, numbers, at, EVERY)  # noqa: E731
    return timed(floor), timed(lambda: ours.record(run, answers, at))
