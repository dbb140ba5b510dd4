"""The daemon as a service: systemd, the heartbeat, metrics, and a job that hangs."""

import contextlib
import http.server
import logging
import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from syncer.app import open_app
from syncer.cli.support.metrics import build_metrics
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.core.events import BatchRecorded, Event
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.startup import prepare_schema
from syncer.telemetry import log
from tests.edges.test_systemd import NotifySocket
from tests.waiting import PATIENCE, wait_until

from .simulated_site import KEY, Site, run_cli
from .test_daemon import stop

ENDPOINTS = ("healthz", "readyz", "metrics")
PING = f"{KEY}/ping"  # like the key, the address of the heartbeat must not appear anywhere


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifySocket]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with NotifySocket(str(tmp_path / "notify")) as made:
        yield made


def receive_until(systemd: NotifySocket, text: str) -> str:
    """Return the first message that contains the text."""
    message = systemd.receive()
    while text not in message:
        message = systemd.receive()
    return message


@contextlib.contextmanager
def monitoring_service() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a monitoring service, and the paths that it received."""
    received: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{PING}", received
        server.shutdown()
        thread.join()


def test_the_daemon_reports_ready_watchdog_reload_and_stop(site: Site, systemd: NotifySocket) -> None:
    with monitoring_service() as (address, pings):
        path = site.configure(every="1s")
        (site.folder / "ping").mkdir()
        (site.folder / "ping" / "key").write_text(address + "\n")
        with socket.create_server(("127.0.0.1", 0)) as line:
            port = line.getsockname()[1]
        web = f"[web]\nenabled = true\nport = {port}\n"
        path.write_text(path.read_text() + web + '[health]\nping_url_file = "ping/key"\n')
        shown = run_cli(site, "config", "show")
        assert ("health.ping_url" in shown.out, KEY in shown.out) == (True, False)
        child = site.start("-v", "run")
        try:
            assert "READY=1\nSTATUS=following 1 player" in receive_until(systemd, "READY=1")
            receive_until(systemd, "STATUS=Tester: ok, 4 of 4 games polled")
            receive_until(systemd, "WATCHDOG=1")
            receive_until(systemd, "WATCHDOG=1")
            assert_healthy(f"http://127.0.0.1:{port}")
            child.send_signal(signal.SIGHUP)
            reloading = receive_until(systemd, "RELOADING=1")
            assert int(reloading.partition("MONOTONIC_USEC=")[2]) > 0
            receive_until(systemd, "READY=1")
            wait_until(lambda: pings)
            stop(child)
            receive_until(systemd, "STOPPING=1")
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        assert pings == [f"/{PING}"]  # once a minute, though it runs each second


def assert_healthy(address: str) -> None:
    alive, ready, metrics = (requests.get(f"{address}/{page}", timeout=PATIENCE) for page in ENDPOINTS)
    assert (alive.text, ready.text) == ("ok\n", "ok\n")
    text = metrics.text
    assert 'syncer_requests_total{endpoint="GetUserProgress",status="200"}' in text
    assert 'syncer_runs_total{outcome="failed",player="Tester"} 0.0' in text
    assert not re.search(r'^syncer_polls_total{player="Tester"} 0', text, re.M)
    assert "syncer_jobs_stalled 0.0" in text
    assert KEY not in text


class HangingListener:
    """A listener in which a job hangs from the moment that `hang` is set."""

    def __init__(self) -> None:
        self.hang, self.finish, self.hangs = False, threading.Event(), threading.Event()

    def __call__(self, event: Event) -> None:
        if self.hang and isinstance(event, BatchRecorded):
            self.hangs.set()
            self.finish.wait(PATIENCE)

    def release(self) -> None:
        self.hang = False
        self.finish.set()


def test_a_hanging_job_stops_the_watchdog_pings_and_is_logged_once(
    site: Site, systemd: NotifySocket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "syncer")
    clock, hanging = SystemClock(), HangingListener()
    config = load(site.configure(every="1s"), {})
    with open_app(config, clock) as app:
        prepare_schema(app)
        lock = WriterLock(app.database, clock)
        lock.acquire()
        daemon = Daemon(app, lock, clock, [hanging])
        daemon._liveness._stall_after = 1.5  # the default is minutes
        metrics = build_metrics(app, lambda: daemon.app, lambda: len(daemon.stalled_players()))
        assert metrics
        with running(daemon, clock, hanging):
            receive_until(systemd, "WATCHDOG=1")
            hanging.hang = True
            assert hanging.hangs.wait(PATIENCE)
            caplog.clear()
            systemd.received()
            receive_until(systemd, "STATUS=the job of Tester is stalled")
            assert metrics.registry.get_sample_value("syncer_jobs_stalled") == 1
            clock.wait(0.6)  # the next ping would be due
            systemd.received()
            daemon._check_liveness()
            assert systemd.received() == []
            logged = [r for r in caplog.records if getattr(r, "facts", {}).get("event") == "job_stalled"]
            assert len(logged) == 1
            hanging.release()
            receive_until(systemd, "WATCHDOG=1")
        lock.release()


@contextlib.contextmanager
def running(daemon: Daemon, clock: SystemClock, hanging: HangingListener) -> Iterator[None]:
    """Run the daemon in a thread that ends with this block."""
    thread = threading.Thread(target=daemon.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        hanging.release()
        clock.stop()
        thread.join(PATIENCE)


def test_events_and_waits_of_a_job_move_its_deadline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    with open_app(load(site.configure(), {}), clock) as app:
        prepare_schema(app)
        daemon = Daemon(app, WriterLock(app.database, clock), clock, [])
        (syncer,) = daemon._syncers(app)
        moves: list[tuple[str, float]] = []
        monkeypatch.setattr(daemon._liveness, "expect_within", lambda *move: moves.append(move))
        with daemon._liveness.running("Tester"):
            syncer.run_once("schedule")
            assert len(moves) > 3  # job started, run started, request completed, batch recorded …
            clock.wait(0.01)
    assert moves[-1] == ("Tester", 0.01)


def test_the_address_of_the_heartbeat_is_redacted_in_logs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_given: list[list[str]] = []
    monkeypatch.setattr(log, "configure", lambda level, form, secrets: secrets_given.append(list(secrets)))
    run_cli(site, "config", "check", environ={"SYNCER_HEALTH__PING_URL": "https://ping.example/secret"})
    assert secrets_given == [[KEY, KEY, "https://ping.example/secret"]]


def test_a_scrape_has_gauges_for_each_configured_player(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    path = site.configure()
    two = '[[players]]\nusername = "Moss"\ngames = [1]\n[[players]]\nusername = "Tester"'
    path.write_text(path.read_text().replace("[[players]]", two))
    with open_app(load(path, {}), SystemClock()) as app:
        metrics = build_metrics(app, lambda: app)
        assert metrics
        text = metrics.exposition("")[0].decode()
    lines = text.splitlines()
    assert 'syncer_player_fresh{player="Tester"} 1.0' in lines
    assert 'syncer_player_fresh{player="Moss"} 0.0' in lines
    assert 'syncer_key_refused{player="Moss"} 0.0' in lines
    assert 'syncer_runs_total{outcome="failed",player="Moss"} 0.0' in lines
    assert KEY not in text


def test_metrics_can_be_disabled(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text() + "[metrics]\nenabled = false\n")
    with open_app(load(path, {}), SystemClock()) as app:
        assert build_metrics(app, lambda: app) is None
