"""Repeat runs that died with their worker, each in its own process: if that dies, too, it was the run."""

import threading
from collections.abc import Sequence

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.store.write.player_schedule import PlayerSchedule

from .own_process import run_in_own_process
from .planner import log_set_aside

# Seconds until a player is tried again: whose run needs its own process while another one has such a process;
# and whose run failed before it set when it is due next.
ALONE_DELAY, FAILED_DELAY = 5.0, 60.0


class KilledRuns:
    """The runs of one worker in their own processes. `command`: what starts one, before the player."""

    def __init__(self, app: App, clock: SystemClock, command: Sequence[str]) -> None:
        self._app, self._clock, self._command = app, clock, command
        self.one_alone = threading.Lock()  # a killed worker may have had hundreds of runs

    def repeat(self, player: str, schedule: PlayerSchedule) -> None:
        """Execute a player's run, or postpone it while another one goes on. Raises Cancelled, StoreError."""
        if not self.one_alone.acquire(blocking=False):
            schedule.postpone(player, ALONE_DELAY)  # a wait here would take the place of other runs
            return
        try:
            ended = run_in_own_process([*self._command, player], self._clock)
        finally:
            self.one_alone.release()
        if ended > 0:  # it could not begin, or it ended without setting the time of the next run
            schedule.postpone(player, FAILED_DELAY)
        elif ended < 0:
            self._app.writers.runs.interrupt_runs_of(player, self._app.clock.now())
            if schedule.record_death(player, alone=True):
                log_set_aside(player)
