"""`syncer sync` in cluster mode: it runs players itself, each under its own lock, beside the workers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError, WriterLockHeld
from syncer.core.model.run import RunReport
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.write.player_schedule import PlayerSchedule

from .player_locks import PlayerLocks
from .server_clock import follow_server

LOCK_INTERVAL = 0.25  # seconds between two attempts to lock a player
HINT = "Nothing was changed. A worker polls this player now. Try again, or wait: syncer sync --wait 10m"


@contextmanager
def locked_runs(
    app: App, clock: SystemClock, wait: float
) -> Iterator[Callable[[PlayerSync, bool], RunReport | None]]:
    """Yield what runs a player once, under its lock, for which it waits so many seconds."""
    follow_server(clock, app.database)
    locks, schedule = PlayerLocks(app.database), PlayerSchedule(app.database)

    def run(syncer: PlayerSync, due: bool) -> RunReport | None:
        player = syncer.tracked.label
        acquire(locks, player, clock, wait)
        try:
            report = syncer.run_once("sync", only_due=due)
            schedule.finish(player, 0.0)  # it is no longer set aside; a worker sets when it is due next
            return report
        finally:
            locks.unlock(player)

    ended = threading.Event()
    threading.Thread(target=keep_locks, args=(locks, ended), name="locks", daemon=True).start()
    try:
        yield run
    finally:
        ended.set()
        locks.close()


def keep_locks(locks: PlayerLocks, ended: threading.Event) -> None:
    """Take the locks again each second if the connection broke, until the command ends."""
    while not ended.wait(1.0):
        with suppress(StoreError):  # the run meets it, too
            locks.keep()


def acquire(locks: PlayerLocks, player: str, clock: SystemClock, wait: float) -> None:
    """Lock a player. Raises WriterLockHeld if another process has it locked for more than `wait` seconds."""
    deadline = clock.monotonic() + wait
    while not locks.try_lock(player):
        if clock.monotonic() >= deadline:
            raise WriterLockHeld(f"another syncer is at work on {player}", hint=HINT)
        clock.wait(LOCK_INTERVAL)
