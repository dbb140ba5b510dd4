"""The daemon as a process: polling, reload, shutdown, the writer lock and errors of the database."""

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.store.db.engine import Database
from syncer.store.db.tables import snapshots
from tests.waiting import PATIENCE, SLACK, read_until, wait_until

from .simulated_site import KEY, Site, a_site, run_cli

clock = SystemClock()


@pytest.fixture
def daemon(each_site: Site) -> Iterator["tuple[Site, subprocess.Popen[str]]"]:
    site = each_site
    site.configure(every="1s")
    site.prepare_database()
    child = site.start("run")
    wait_until(lambda: len(site.server.requests) >= 5)  # the first run has ended
    wait_until(lambda: site.server.served)  # what is earned from now on comes with a later answer
    yield site, child
    if child.poll() is None:
        child.kill()
    child.communicate()


def wait_for_snapshots(site: Site, game: int, count: int) -> None:
    """Wait until so many are stored."""
    query = sa.select(sa.func.count()).where(snapshots.c.game_id == game)

    def stored() -> bool:
        with database.reading() as tx:
            return tx.scalar(query) == count

    with closing(Database(site.url)) as database:
        wait_until(stored)


def wait_for_requests(site: Site, count: int) -> None:
    """Wait until the site has got so many more."""
    before = len(site.server.requests)
    wait_until(lambda: len(site.server.requests) >= before + count)


def warning(child: "subprocess.Popen[str]", text: str) -> str:
    """Return what the process has written when this text has come."""
    assert child.stderr
    return read_until(child.stderr.fileno(), text)


def stop(child: "subprocess.Popen[str]") -> str:
    started = clock.monotonic()
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, err
    assert clock.monotonic() - started < 10 + SLACK
    assert KEY not in err
    return err


def test_the_daemon_records_an_unlock_reloads_its_configuration_and_stops(
    daemon: "tuple[Site, subprocess.Popen[str]]",
) -> None:
    site, child = daemon
    site.earn(1)
    wait_for_snapshots(site, 1, 2)
    (site.folder / "config.toml").write_text("[api]\nburst = 0.5\n[log]\nlevel = 'loud'\n")
    child.send_signal(signal.SIGHUP)
    warned = warning(child, "debug, info, warning or error")
    assert f"4 problems. Correct it, then: kill -HUP {child.pid}\n" in warned
    assert "burst: is not a whole number\n" in warned
    wait_for_requests(site, 2)
    site.configure(every="1s", games="[1, 2, 3, 4, 5]")
    child.send_signal(signal.SIGHUP)
    wait_for_snapshots(site, 5, 1)
    assert len(run_cli(site, "history", "1", "--json").document["snapshots"]) == 2
    held = run_cli(site, "run")
    assert (held.code, f"pid {child.pid}" in held.err) == (75, True)
    assert "Traceback" not in warned + stop(child)


def test_the_daemon_stops_while_the_site_hangs_and_the_run_is_marked(
    daemon: "tuple[Site, subprocess.Popen[str]]",
) -> None:
    site, child = daemon
    site.server.fault = "hang"
    hanging = len(site.server.requests)
    wait_until(lambda: len(site.server.requests) > hanging)
    stop(child)
    site.server.fault = None
    last = run_cli(site, "status", "--json").document["players"][0]["last_run"]["outcome"]
    assert last in ("interrupted", "failed")
    assert run_cli(site, "sync").code in (0, 75)


def test_the_run_of_a_killed_process_is_marked_at_the_next_start(site: Site) -> None:
    run_cli(site, "sync")
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE runs SET outcome = 'running', finished_at = NULL")
    connection.close()
    assert run_cli(site, "sync").code == 0
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        outcomes = [row[0] for row in connection.execute("SELECT outcome FROM runs ORDER BY id")]
    connection.close()
    assert outcomes == ["interrupted", "ok"]


def test_four_processes_on_one_key_stay_within_the_budget(site: Site) -> None:
    """600 requests a minute are 10 in any sliding second, plus the burst."""
    code = """
import sys
from syncer.core.clock import SystemClock
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.store.db.engine import Database
from syncer.store.request_budget import SqlBudgetStore
clock = SystemClock()
budget = SqlBudgetStore(Database(sys.argv[1]), "k", clock.now)
limiter = RateLimiter(budget, RateLimits(600, 3), clock)
for _ in range(12):
    limiter.acquire()
    print(clock.now().timestamp(), flush=True)
"""
    import sys

    site.prepare_database()
    pipe = subprocess.PIPE
    children = [
        subprocess.Popen([sys.executable, "-c", code, site.url], stdout=pipe, text=True) for _ in range(4)
    ]
    times = sorted(
        float(line) for child in children for line in child.communicate(timeout=PATIENCE)[0].split()
    )
    assert len(times) == 48
    spacing = 60 / 597
    worst = max(sum(a <= b < a + 2.0 for b in times) for a in times)
    assert worst <= 3 + 2.0 / spacing + 1


def test_a_command_waits_for_a_database_that_is_starting(tmp_path: Path) -> None:
    from tests.postgres import Server

    server = Server()
    try:
        url = server.create_database()
        with a_site(tmp_path, url) as site:
            path = site.configure()
            timeout = '[database]\nauto_upgrade = true\nstart_timeout = "30s"'
            path.write_text(path.read_text().replace("[database]", timeout))
            server.stop()
            child = site.start("sync")
            clock.wait(2.0)
            assert child.poll() is None
            server.start()
            out, err = child.communicate(timeout=PATIENCE)
            assert child.returncode == 0, out + err
    finally:
        server.close()


def test_the_daemon_stops_and_hears_a_hangup_while_it_waits_for_its_database(tmp_path: Path) -> None:
    with a_site(tmp_path, "postgresql://nobody@127.0.0.1:1/none") as site:
        child = site.start("run")
        assert child.stderr
        assert "waiting up to 60 s" in child.stderr.readline()
        child.send_signal(signal.SIGHUP)
        clock.wait(0.3)
        assert child.poll() is None
        stop(child)


def test_a_reload_with_an_unusable_certificate_keeps_the_old_configuration(
    daemon: "tuple[Site, subprocess.Popen[str]]",
) -> None:
    site, child = daemon
    path = site.configure(every="1s")
    (site.folder / "ca.pem").write_text("no certificate")
    path.write_text(path.read_text().replace("[schedule]", f'ca_file = "{site.folder}/ca.pem"\n[schedule]'))
    child.send_signal(signal.SIGHUP)
    warned = warning(child, "the old configuration stays")
    wait_for_requests(site, 3)
    assert "Traceback" not in warned + stop(child)


def test_a_full_disk_at_the_first_run_does_not_prevent_the_next_one(site: Site) -> None:
    import resource

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    child = site.start("sync", preexec_fn=small_files)
    child.communicate(timeout=PATIENCE)
    assert child.returncode == 69
    assert run_cli(site, "sync").code == 0


@pytest.mark.parametrize("how", ["gone", "replaced", "damaged"])
def test_a_lost_database_ends_the_daemon_with_the_reason(site: Site, how: str) -> None:
    site.configure(every="1s")
    site.prepare_database()
    child, file = site.start("run"), site.folder / "syncer.db"
    wait_until(lambda: len(site.server.requests) >= 2)
    if how == "damaged":
        with file.open("r+b") as opened:
            opened.write(b"\0" * 8192)
    else:
        copy = file.read_bytes()
        file.rename(site.folder / "old.db")
        if how == "replaced":
            file.write_bytes(copy)
    _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 65, err
    assert {"gone": "vanished", "replaced": "was replaced", "damaged": "is damaged"}[how] in err
    assert "Traceback" not in err


def test_deleting_the_lock_file_does_not_allow_a_second_daemon(site: Site) -> None:
    """Where the second one takes the lock first, test_writer_lock.py shows that the first one waits."""
    site.configure(every="1s")
    site.prepare_database()
    first = site.start("run")
    wait_until(lambda: len(site.server.requests) >= 2)
    lock = site.folder / "syncer.db-lock"
    lock.unlink()
    wait_until(lock.exists)  # the first has taken it again
    assert run_cli(site, "run").code == 75
    stop(first)


def test_a_start_that_polls_nothing_at_once_says_when_the_next_poll_is_due(site: Site) -> None:
    site.configure(every="6h")
    run_cli(site, "sync")
    child = site.start("run")
    try:
        assert "following 1 player, the next poll is due at " in warning(child, "stop with Ctrl-C")
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE)
