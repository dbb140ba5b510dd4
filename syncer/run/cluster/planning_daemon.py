"""`syncer run` in cluster mode: it plans, delivers messages and serves the pages, and executes no run."""

from collections.abc import Sequence
from typing import Any

from syncer.app import App
from syncer.core.announce import announce_to
from syncer.core.events import PlannerAlive
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.daemon import Daemon
from syncer.run.startup import deactivate_unconfigured, wait_for_database

from .planner import Planner
from .server_clock import follow_server

PLAN_INTERVAL = 2.0  # seconds


class PlanningDaemon(Daemon):
    """A daemon whose only job is to plan."""

    _task = "planning the runs of {}, which workers execute (syncer worker)"

    def __init__(self, app: App, *arguments: Any) -> None:
        super().__init__(app, *arguments)
        self._planner = Planner(app, self._lock, self._clock)

    def _start(self) -> None:
        follow_server(self._clock, self._app.database)
        self._player_jobs.every(PLAN_INTERVAL, self._planner.plan)
        super()._start()

    def _recover(self) -> None:
        """Close no run: workers may be executing them. Each run closes those before it of its player."""
        wait_for_database(self._app, lambda: deactivate_unconfigured(self._app))

    def _syncers(self, app: App) -> list[PlayerSync]:
        return []

    def _schedule_all(self, syncers: Sequence[PlayerSync], delay: float) -> None:
        self._planner.follow(self._app, delay)

    def _watch(self) -> None:
        super()._watch()
        follow_server(self._clock, self._app.database)
        if self._lock.is_held():  # for the heartbeat, which only one planner sends
            announce_to(self._listeners)(PlannerAlive())
