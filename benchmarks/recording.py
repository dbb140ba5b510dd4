"""The recording path: RunWriter.batch against the drivers alone, on SQLite and PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from syncer.core.model.decision import Snapshot, TargetState, Verdict
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId, Progress
from syncer.core.polling.promise import promise_of
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.store.db.engine import Database
from tests.postgres import Server

from .measure import Result, compared, median, timed
from .one_poll import EVERY, GAMES, START, TRACKED, Product, Site, as_response
from .raw_driver import RawDriver, RawPsycopg, RawSqlite

TURNS = 7
GOAL = 1.5
COUNTERS = "id, player_id, recorded_batches, targets_asked, targets_seen, snapshots_added"
COMPARED = {  # of `runs` only what recording writes: opening and closing a run is not measured
    "snapshots": "SELECT * FROM snapshots ORDER BY id",
    "targets": "SELECT * FROM targets ORDER BY game_id",
    "runs": f"SELECT {COUNTERS} FROM runs ORDER BY id",  # noqa: S608
}


def benchmark(folder: Path) -> Iterator[Result]:
    yield Result(
        "a pass without a database: values and validation", None, median(without_database(), TURNS), "ms"
    )
    for size in (100, 500):
        site, place = Site(), folder / f"sqlite-{size}"
        place.mkdir()
        product = Product(Database(f"sqlite:///{place / 'product.db'}"))
        product.prepare(site)
        product.database.close()
        shutil.copy(place / "product.db", place / "raw.db")
        raw = RawSqlite(place / "raw.db")
        yield compare(f"record a pass, SQLite, batches of {size}", product, raw, site, size)
    with closing(Server()) as server:
        for size in (100, 500):
            yield on_postgres(server, size)


def without_database() -> Callable[[], None]:
    """Return the part of a pass that is neither SQL nor driver: stored rows as values, and validation."""
    numbers, at = Site().numbers, START + EVERY
    context = PollContext(at, at, promise_of(TRACKED, len(GAMES)), TRACKED.gap_after, is_proven=True)
    response = as_response(numbers)

    def state(game: GameId) -> TargetState:
        stored = Snapshot(game, Progress(*numbers[game]), START)
        return TargetState(
            Target(game, promised_seconds=int(EVERY.total_seconds()), last_seen_at=START), stored
        )

    def work() -> None:
        for start in range(0, len(GAMES), 500):
            batch = validate_batch([state(game) for game in GAMES[start : start + 500]], response, context)
            assert batch.decisions[0].verdict is Verdict.SAME

    return work


def on_postgres(server: Server, size: int) -> Result:
    site = Site()
    product, baseline = (
        Product(Database(url)) for url in (server.create_database(), server.create_database())
    )
    product.prepare(site)
    baseline.prepare(site)
    raw = RawPsycopg(baseline.database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    baseline.database.close()
    return compare(f"record a pass, PostgreSQL, batches of {size}", product, raw, site, size)


def compare(name: str, product: Product, raw: RawDriver, site: Site, size: int) -> Result:
    """Return the result of alternate passes, after one to warm up. Both sides must have written the same."""
    pairs = [measure_pass(product, raw, site, size, number) for number in range(1, TURNS + 2)]
    for table, query in COMPARED.items():
        with product.database.reading() as tx:
            written = [tuple(row) for row in tx.exec_driver_sql(query)]
        assert written == raw.connection.execute(query).fetchall(), f"{table}: baseline and product differ"
        assert len(written) >= (TURNS if table == "runs" else len(site.numbers))
    product.database.close()
    raw.connection.close()
    return compared(name, pairs[1:], "ms", GOAL)


def measure_pass(product: Product, raw: RawDriver, site: Site, size: int, number: int) -> tuple[float, float]:
    at = START + EVERY * number
    site.change(number)
    numbers = list(site.responses(size))
    responses = [(tuple(one), as_response(one)) for one in numbers]
    run = product.writers.runs.open_run(product.player, "bench", at)
    raw.connection.execute(raw.open_run, (raw.moment(at),))
    baseline: Any = lambda: raw.record(run, numbers, at, EVERY)  # noqa: E731
    return timed(baseline), timed(lambda: product.record(run, responses, at))
