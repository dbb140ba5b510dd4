"""A planner whose database fails while the configuration is read again."""

from pathlib import Path

from syncer.app import open_app
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.run.advisory_lock import Sharing
from syncer.run.cluster.planner import Planner
from syncer.run.lock import WriterLock
from tests.cluster_tables import QueueTables

from .simulated_site import a_site


def test_a_new_configuration_is_stored_when_the_database_works_again(
    tmp_path: Path, postgres_url: str
) -> None:
    clock = SystemClock()
    with a_site(tmp_path, postgres_url) as site:
        site.prepare_database()
        path = site.folder / "config.toml"
        path.write_text(path.read_text() + "[cluster]\nenabled = true\n")
        path.chmod(0o600)
        with open_app(load(path), clock) as app:
            queue = QueueTables(app.database)
            lock = WriterLock(app.database, clock, Sharing.WITH_WORKERS)
            lock.acquire()
            planner = Planner(app, lock, clock)
            queue.execute("ALTER TABLE player_schedule RENAME TO away")
            planner.follow(app, 0.0)
            planner.plan()
            queue.execute("ALTER TABLE away RENAME TO player_schedule")
            for _ in range(2):  # who has a job gets no second one
                planner.plan()
            with app.database.reading() as tx:
                jobs = "SELECT queueing_lock FROM syncer_queue.procrastinate_jobs"
                assert tx.exec_driver_sql(jobs).scalars().all() == ["Tester"]
            lock.release()
