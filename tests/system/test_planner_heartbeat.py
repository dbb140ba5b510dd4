"""The heartbeat of a cluster: the planner sends it, though it executes no run."""

from pathlib import Path

from syncer.api.heartbeat import HeartbeatListener
from syncer.app import open_app
from syncer.cli.commands.run import build_daemon
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.run.advisory_lock import Sharing
from syncer.run.lock import WriterLock
from tests.cluster_tables import QueueTables
from tests.edges.raw_server import RawServer, answer
from tests.waiting import wait_until

from .simulated_site import Site, a_site, run_cli


def configure(site: Site, port: int) -> Path:
    path = site.folder / "config.toml"
    more = f'[health]\nping_url = "http://127.0.0.1:{port}/ping"\n[cluster]\nenabled = true\n'
    path.write_text(path.read_text() + more)
    path.chmod(0o600)
    return path


def test_the_planner_pings_while_every_player_is_polled(tmp_path: Path, postgres_url: str) -> None:
    server, clock = RawServer(answer("OK")), SystemClock()
    with a_site(tmp_path, postgres_url) as site:
        site.prepare_database()
        path = configure(site, server.port)
        with open_app(load(path), clock) as app:
            queue = QueueTables(app.database)
            assert run_cli(site, "sync").code == 0
            lock = WriterLock(app.database, clock, Sharing.WITH_WORKERS)
            daemon, _ = build_daemon(app, lock, clock, lambda: app)
            lock.acquire()
            queue.add_player("Tester", 0, aside_for=60)
            daemon._watch()
            (heartbeat,) = (one for one in daemon._listeners if isinstance(one, HeartbeatListener))
            assert heartbeat._thread is None  # no ping was begun
            queue.execute("DELETE FROM player_schedule")
            daemon._watch()
            wait_until(lambda: server.requests)
            assert server.requests[0].startswith(b"GET /ping ")
            lock.release()
    server.close()
