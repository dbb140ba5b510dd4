"""Faults of the process: stopped in each phase, suspended, without memory, a run that ends its thread."""

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.player_jobs import PlayerJobs
from tests.edges.test_player_jobs import syncer
from tests.system.simulated_site import Site
from tests.waiting import PATIENCE, SLACK, read_until, wait_until

from .invariants import assert_site_healed

clock = SystemClock()


@contextmanager
def daemon(site: Site, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """Yield a daemon that has polled all games once."""
    site.configure(every="1s")
    site.prepare_database()
    child = site.start("run", environ=environ)
    try:
        wait_until(lambda: len(site.server.requests) >= 5)
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
        child.communicate()


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the write lock of the file, as another program does."""
    with closing(sqlite3.connect(site.folder / "syncer.db", isolation_level=None, timeout=PATIENCE)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def wait_for_requests(site: Site, count: int) -> None:
    before = len(site.server.requests)
    wait_until(lambda: len(site.server.requests) >= before + count)


def end(child: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return the exit code and what was logged. Ten seconds are the promise to a service manager."""
    begun = clock.monotonic()
    _, err = child.communicate(timeout=PATIENCE)
    assert clock.monotonic() - begun < 10 + SLACK
    assert "Traceback" not in err
    return child.returncode, err


def open_runs(site: Site) -> int:
    with closing(sqlite3.connect(site.folder / "syncer.db")) as connection:
        count: int = connection.execute("SELECT count(*) FROM runs WHERE outcome = 'running'").fetchone()[0]
    return count


@pytest.mark.parametrize("fault", ["429_after_2", "429_after_600", "502"])
def test_p02_a_stop_while_a_run_waits_to_try_again_ends_at_once(site: Site, fault: str) -> None:
    with daemon(site) as child:
        site.server.fault = fault
        wait_for_requests(site, 1)
        child.send_signal(signal.SIGTERM)
        assert end(child)[0] == 0
    assert open_runs(site) == 0
    site.server.fault = None
    site.forget_waits()
    assert_site_healed(site)


def test_p02_a_stop_while_a_run_waits_to_write_ends_in_time(site: Site) -> None:
    with daemon(site) as child, locked(site):
        clock.wait(1.5)  # the next run is due
        child.send_signal(signal.SIGTERM)
        assert end(child)[0] == 0
    assert_site_healed(site)
    assert open_runs(site) == 0


STUCK = """
import sys, time
from syncer.core.clock import SystemClock
from syncer.run.signals import stop_on_signals
clock = SystemClock()
stop_on_signals(clock)
clock.on_stop(lambda: print("stopping", flush=True))
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def test_p03_a_second_signal_ends_a_process_that_does_not_end() -> None:
    child = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    for line in ("ready", "stopping"):
        assert child.stdout.readline() == f"{line}\n"
        child.send_signal(signal.SIGTERM)
    child.communicate(timeout=PATIENCE)
    assert child.returncode == 128 + signal.SIGTERM


def test_p04_a_process_that_was_suspended_makes_one_run_for_all_that_it_missed(site: Site) -> None:
    with daemon(site) as child:
        child.send_signal(signal.SIGSTOP)
        clock.wait(2.5)
        resumed = clock.now()
        child.send_signal(signal.SIGCONT)
        wait_until(lambda: len(begun_after(site, resumed)) >= 2)
        child.send_signal(signal.SIGTERM)
        assert end(child)[0] == 0
    pauses = [later - earlier for earlier, later in pairwise(begun_after(site, resumed))]
    assert min(pauses) > timedelta(seconds=0.8)
    assert_site_healed(site)


def begun_after(site: Site, moment: datetime) -> list[datetime]:
    """Return when the runs began, of those after the moment."""
    with closing(sqlite3.connect(site.folder / "syncer.db")) as connection:
        rows = connection.execute("SELECT started_at FROM runs ORDER BY id").fetchall()
    begins = [datetime.fromisoformat(f"{text}+00:00") for (text,) in rows]
    return [begin for begin in begins if begin > moment]


def limit_memory(child: "subprocess.Popen[str]", spare: int) -> None:
    """Let a process have so many bytes more than it has."""
    pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[0])
    size = pages * resource.getpagesize() + spare
    resource.prlimit(child.pid, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit and /proc")
def test_p07_a_run_that_gets_no_memory_fails_and_damages_nothing(site: Site) -> None:
    with daemon(site, MALLOC_ARENA_MAX="1") as child:  # with more, much is reserved that can still be used
        site.server.fault = "endless"  # read up to 8 MiB
        limit_memory(child, 1 << 20)
        assert child.stderr
        logged = read_until(child.stderr.fileno(), "MemoryError")
        assert "internal error" in logged
        limit_memory(child, 1 << 30)
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=PATIENCE)
        assert child.returncode == 0
    site.server.fault = None
    site.forget_waits()
    assert_site_healed(site)
    assert open_runs(site) == 0  # nor one that could not even be closed, for lack of memory


@pytest.mark.parametrize("error", [SystemExit("bye"), MemoryError(), KeyboardInterrupt()], ids=repr)
def test_p08_a_run_that_ends_its_thread_ends_no_other_and_is_started_again(error: BaseException) -> None:
    jobs, ran = PlayerJobs(clock), list[str]()
    bad, good = syncer("bad"), syncer("good")

    def run(one: PlayerSync) -> None:
        ran.append(one.tracked.label)
        if one is bad:
            raise error

    jobs.start(lambda: None)
    try:
        jobs.replace([bad, good], run, 0.0)
        wait_until(lambda: len(ran) == 2)
        wait_until(lambda: len(jobs.places.waiting) == 0)
        jobs.wake_all()
        wait_until(lambda: sorted(ran) == ["bad", "bad", "good", "good"])
    finally:
        assert jobs.shut_down(PATIENCE)
