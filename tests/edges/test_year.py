"""The benchmarks' year, written row by row, is the one that looks would have written."""

from pathlib import Path

import sqlalchemy as sa

from benchmarks import rows
from benchmarks.year import EVERY, GAP_AFTER, START, Year
from syncer.core.model.player import Profile
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.write.writers import Writers

# More than one batch; pauses of one run (no gap), two (a gap, by a second) and ten.
SMALL = Year(
    games=tuple(range(10, 1510, 10)),
    count=120,
    changes=700,
    away=(range(20, 21), range(40, 42), range(80, 90)),
)


def look_at_all(database: Database, year: Year) -> None:
    """Every look of the year, one by one, through the real writers and the real validation."""
    writers = Writers.for_database(database)
    who = TrackedPlayer("Tester", None, year.games, IntervalSchedule(EVERY), GAP_AFTER)
    player = None
    for run, now in year.seen():
        run_id = writers.runs.open_run(player, "schedule", year.started(run))
        if player is None:
            player = writers.players.bind(run_id, who, Profile("0" * 26, "Tester"), START)
            writers.players.reconcile(player, who, START)
        added = 0
        for batch, ids in enumerate(year.batches):
            answer = ProgressResponse({game: Progress(*now[game]) for game in ids})
            look = PollContext(year.looked(run, batch), year.started(run), who.schedule, GAP_AFTER)
            with writers.runs.batch(run_id, batch + 1, player, ids) as work:
                decision = validate_batch(work.states, answer, look)
                work.save(decision)
            added += sum(d.verdict.value != "same" for d in decision.decisions)
        asked = len(year.games)
        report = RunReport("Tester", RunOutcome.OK, 0, run_id, asked, asked, added, len(year.batches))
        writers.runs.close_run(run_id, report, year.finished(run))


def keys(table: sa.Table) -> list[sa.Column[object]]:
    return list(table.columns)[:2]


def stored(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as tx:
        found = {
            table.name: [tuple(row) for row in tx.execute(sa.select(table).order_by(*keys(table)))]
            for table in history.sorted_tables
        }
    database.close()
    return found


def test_a_year_written_row_by_row_is_the_one_that_looks_would_have_written(tmp_path: Path) -> None:
    by_looks, by_rows = (Database(f"sqlite:///{tmp_path / name}.db") for name in ("poll_count", "rows"))
    for database in (by_looks, by_rows):
        upgrade(database, START)
    look_at_all(by_looks, SMALL)
    rows.write(by_rows, SMALL)
    looked, written = stored(by_looks), stored(by_rows)
    assert written == looked
    column = history.tables["snapshots"].columns.keys().index("verdict")
    verdicts = {row[column] for row in looked["snapshots"]}
    assert verdicts == {"new", "changed", "resumed"}
    assert len(looked["snapshots"]) > 150 * 3 + 600
