"""A key that the site refuses, as in maintenance: when it is tried again, and what does so at once."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.daemon import RESTART_TRIAL_AFTER, Daemon, try_keys
from syncer.run.jobs import JobRunner
from syncer.run.liveness import LivenessMonitor
from syncer.run.lock import WriterLock

from .clock_harness import MINUTE, ClockHarness
from .demo.hand_clock import NOON
from .test_daemon_jobs import FreeLock


class RefusedKey(ClockHarness):
    """The job of a player whose key is refused, in virtual time."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.server.fault = "401"
        clock = cast(SystemClock, self.clock)
        clock.stopping = False  # type: ignore[misc]
        self.next_wake = self.clock.now()
        liveness = LivenessMonitor(clock, 60.0)
        self.jobs = JobRunner(cast(WriterLock, FreeLock()), clock, liveness, self._reschedule)

    def _reschedule(self, syncer: PlayerSync, at: datetime) -> bool:
        self.next_wake = at
        return True

    def sent(self) -> int:
        """Run the job once; return how many requests left."""
        before = len(self.server.requests)
        self.jobs.run_job(self.syncer)
        return len(self.server.requests) - before

    def trials(self, length: timedelta) -> list[int]:
        """Let the job run as often as it wakes; return the minutes since noon at which requests left."""
        end, found = self.now + length, []
        while self.now < end:
            if self.sent():
                found.append(round((self.now - NOON) / MINUTE))
            self.site_clock.move((min(self.next_wake, end) - self.clock.now()).total_seconds())
        return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[RefusedKey]:
    made = RefusedKey(f"sqlite:///{tmp_path}/syncer.db", tmp_path)
    yield made
    made.close()


def test_a_refused_key_is_tried_again_within_minutes_also_after_a_restart(home: RefusedKey) -> None:
    assert home.trials(10 * MINUTE) == [0, 1, 5]
    home.restart()
    assert home.trials(70 * MINUTE) == [15, 75]
    home.server.fault = None
    assert home.trials(60 * MINUTE)[0] == 135
    assert home.newest_polls()


def test_a_restart_tries_the_key_at_once_if_the_last_trial_is_five_minutes_ago(home: RefusedKey) -> None:
    assert home.trials(6 * MINUTE) == [0, 1, 5]
    for minutes, sent in ((0, 0), (5, 1), (2, 0)):
        home.site_clock.move(minutes * 60)
        home.restart()
        try_keys([home.syncer], RESTART_TRIAL_AFTER)
        assert home.sent() == sent


@pytest.mark.parametrize("cause", ["SIGHUP", "a changed secret"])
def test_sighup_and_a_changed_secret_try_the_key_at_once(home: RefusedKey, cause: str) -> None:
    assert home.sent() == 1
    clock, config, changed = SystemClock(), home.app.config, threading.Event()

    def reread(_: bool) -> App | None:
        if not changed.is_set():
            return None
        changed.clear()
        return home.app.with_config(config)

    lock = cast(WriterLock, FreeLock())
    daemon = Daemon(home.app, lock, clock, [], lambda: home.app.with_config(config), reread)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    clock.wait(0.3)
    assert len(home.server.requests) == 1
    if cause == "SIGHUP":
        daemon.request_reload()
    else:
        changed.set()
    for _ in range(200):
        clock.wait(0.05)
        if len(home.server.requests) > 1:
            break
    clock.stop()
    thread.join()
    assert len(home.server.requests) == 2
