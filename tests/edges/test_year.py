"""The benchmarks' year, written row by row, equals one whose polls were recorded one by one."""

from pathlib import Path

import sqlalchemy as sa

from benchmarks import rows
from benchmarks.year import EVERY, GAP_AFTER, START, Year
from syncer.core.model.player import Profile
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import Promise
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.quiet_polls import validate_polls
from syncer.core.sync.validation import PollContext
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.write.writers import Writers
from tests.migrated import prepare

# More than one batch; outages of one run (no gap), two (a gap, by a second) and ten.
SMALL = Year(
    games=tuple(range(10, 1510, 10)),
    count=120,
    changes=700,
    outages=(range(20, 21), range(40, 42), range(80, 90)),
)


def record_polls(database: Database, year: Year) -> None:
    """Record every poll of the year, one by one, with the real writers and the real validation."""
    writers = Writers.for_database(database)
    tracked = TrackedPlayer("Tester", None, year.games, IntervalSchedule(EVERY), GAP_AFTER)
    player = None
    for run, numbers in year.responses():
        run_id = writers.runs.open_run(player, "schedule", year.started(run))
        if player is None:
            player = writers.players.bind(run_id, tracked, Profile("0" * 26, "Tester"), START)
            writers.players.reconcile(player, tracked, START)
        added = 0
        for batch, ids in enumerate(year.batches):
            response = ProgressResponse({game: Progress(*numbers[game]) for game in ids})
            at, began = year.polled_at(run, batch), year.started(run)
            # The year lies before this program was built: only the site's Date makes such a time right.
            context = PollContext(at, began, Promise(tracked.schedule), GAP_AFTER, is_proven=True)
            with writers.runs.batch(run_id, batch + 1, player, ids) as work:
                decision = validate_polls(work, response, context)
                work.save(decision)
            added += sum(one.verdict.value != "same" for one in decision.decisions)
        polled = len(year.games)
        report = RunReport("Tester", RunOutcome.OK, 0, run_id, polled, polled, added, len(year.batches))
        writers.runs.close_run(run_id, report, year.finished(run))


def keys(table: sa.Table) -> list[sa.Column[object]]:
    return list(table.columns)[:2]


def stored(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.reading() as tx:
        found = {
            table.name: [dict(row._mapping) for row in tx.execute(sa.select(table).order_by(*keys(table)))]
            for table in history.sorted_tables
        }
    database.close()
    return found


def test_a_year_written_row_by_row_equals_a_recorded_one(tmp_path: Path) -> None:
    by_polls, by_rows = (Database(f"sqlite:///{tmp_path / name}.db") for name in ("polls", "rows"))
    for database in (by_polls, by_rows):
        prepare(database, START)
    record_polls(by_polls, SMALL)
    rows.write(by_rows, SMALL)
    recorded, written = stored(by_polls), stored(by_rows)
    assert written == recorded
    assert {row["verdict"] for row in recorded["snapshots"]} == {"new", "changed", "resumed"}
    assert len(recorded["snapshots"]) > 150 * 3 + 500
