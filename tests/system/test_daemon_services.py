"""The daemon as a service: what systemd and a monitoring service hear of it, a job that hangs included."""

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
from syncer.cli.support.metrics import metrics_of
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.core.events import BatchRecorded, Event
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.startup import prepare_schema
from syncer.telemetry import log
from tests.edges.test_systemd import Ear

from .simulated_site import KEY, Site, run_cli
from .test_daemon import end, until

VITAL = ("healthz", "readyz", "metrics")
PING = f"{KEY}/ping"  # an address that must not be seen anywhere, either


@pytest.fixture
def ear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with Ear(str(tmp_path / "notify")) as made:
        yield made


def hear_until(ear: Ear, word: str) -> list[str]:
    said = [ear.hear()]
    while word not in said[-1]:
        said.append(ear.hear())
    return said


@contextlib.contextmanager
def monitor() -> Iterator[tuple[str, list[str]]]:
    """A monitoring service: its address, and who asked."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{PING}", asked
        server.shutdown()
        thread.join()


def test_a_service_tells_that_it_is_ready_alive_reading_again_and_ending(site: Site, ear: Ear) -> None:
    with monitor() as (address, asked):
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
            assert "READY=1\nSTATUS=following 1 player" in hear_until(ear, "READY=1")
            hear_until(ear, "STATUS=Tester: ok, 4 of 4 games polled")
            hear_until(ear, "WATCHDOG=1")
            hear_until(ear, "WATCHDOG=1")
            vital_signs(f"http://127.0.0.1:{port}")
            child.send_signal(signal.SIGHUP)
            began = hear_until(ear, "RELOADING=1")[-1]
            assert int(began.partition("MONOTONIC_USEC=")[2]) > 0
            hear_until(ear, "READY=1")
            until(lambda: asked)
            end(child)
            assert "STOPPING=1" in hear_until(ear, "STOPPING=1")[-1]
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        assert asked == [f"/{PING}"]  # once a minute, however often it runs


def vital_signs(address: str) -> None:
    """What machines read of a daemon that is well."""
    alive, ready, counted = (requests.get(f"{address}/{page}", timeout=10) for page in VITAL)
    assert (alive.text, ready.text) == ("ok\n", "ok\n")
    text = counted.text
    assert 'syncer_requests_total{endpoint="GetUserProgress",status="200"}' in text
    assert 'syncer_runs_total{outcome="failed",player="Tester"} 0.0' in text
    assert not re.search(r'^syncer_looks_total{player="Tester"} 0', text, re.M)
    assert "syncer_jobs_stuck 0.0" in text
    assert KEY not in text


class Hanging:
    """A listener in which a job hangs once it is told to."""

    def __init__(self) -> None:
        self.hang, self.end, self.hangs = False, threading.Event(), threading.Event()

    def __call__(self, event: Event) -> None:
        if self.hang and isinstance(event, BatchRecorded):
            self.hangs.set()
            self.end.wait(60)

    def go_on(self) -> None:
        self.hang = False
        self.end.set()


def test_a_job_that_hangs_feeds_no_watchdog_and_is_told_once(
    site: Site, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "syncer")
    clock, hanging = SystemClock(), Hanging()
    config = load(site.configure(every="1s"), {})
    with open_app(config, clock) as app:
        prepare_schema(app)
        lock = WriterLock(app.database, clock)
        lock.acquire()
        daemon = Daemon(app, lock, clock, [hanging])
        daemon._progress._quiet = 1.5  # else it would take minutes
        metrics = metrics_of(app, lambda: daemon.app, lambda: len(daemon.stalled_players()))
        assert metrics
        with running(daemon, clock, hanging):
            hear_until(ear, "WATCHDOG=1")
            hanging.hang = True
            assert hanging.hangs.wait(20)
            caplog.clear()
            ear.heard()
            hear_until(ear, "STATUS=the job of Tester gives no sign any more")
            assert metrics.registry.get_sample_value("syncer_jobs_stuck") == 1
            clock.wait(0.6)  # it would be fed again by now
            ear.heard()
            daemon._watch()
            assert ear.heard() == []
            told = [r for r in caplog.records if getattr(r, "facts", {}).get("event") == "stuck"]
            assert len(told) == 1
            hanging.go_on()
            hear_until(ear, "WATCHDOG=1")
        lock.release()


@contextlib.contextmanager
def running(daemon: Daemon, clock: SystemClock, hanging: Hanging) -> Iterator[None]:
    """In a thread that ends with this block, however it ends."""
    thread = threading.Thread(target=daemon.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        hanging.go_on()
        clock.stop()
        thread.join(20)


def test_events_and_waits_of_a_job_are_its_signs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    with open_app(load(site.configure(), {}), clock) as app:
        prepare_schema(app)
        daemon = Daemon(app, WriterLock(app.database, clock), clock, [])
        (syncer,) = daemon._syncers(app)
        signs: list[tuple[str, float]] = []
        monkeypatch.setattr(daemon._progress, "expect_within", lambda *sign: signs.append(sign))
        with daemon._progress.running("Tester"):
            syncer.run_once("schedule")
            assert len(signs) > 3  # begun, started, asked, recorded …
            clock.wait(0.01)
    assert signs[-1] == ("Tester", 0.01)


def test_no_log_may_hold_the_pings_address(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(log, "configure", lambda level, form, secrets: told.append(list(secrets)))
    run_cli(site, "config", "check", environ={"SYNCER_HEALTH__PING_URL": "https://ping.example/secret"})
    assert told == [[KEY, KEY, "https://ping.example/secret"]]


def test_a_scrape_of_the_real_app_tells_of_players_and_budgets(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    path = site.configure()
    two = '[[players]]\nusername = "Moss"\ngames = [1]\n[[players]]\nusername = "Tester"'
    path.write_text(path.read_text().replace("[[players]]", two))
    with open_app(load(path, {}), SystemClock()) as app:
        metrics = metrics_of(app, lambda: app)
        assert metrics
        text = metrics.exposition("")[0].decode()
    lines = text.splitlines()
    assert 'syncer_player_fresh{player="Tester"} 1.0' in lines
    assert 'syncer_player_fresh{player="Moss"} 0.0' in lines
    assert 'syncer_key_refused{player="Moss"} 0.0' in lines
    assert 'syncer_runs_total{outcome="failed",player="Moss"} 0.0' in lines
    assert KEY not in text


def test_metrics_that_are_not_wanted_are_not_made(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text() + "[metrics]\nenabled = false\n")
    with open_app(load(path, {}), SystemClock()) as app:
        assert metrics_of(app, lambda: app) is None
