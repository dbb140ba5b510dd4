"""What goes wrong on purpose: killed processes, a restarted database, cut connections."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import psycopg

from syncer.core.clock import SystemClock
from tests.postgres import Server

from .options import Options
from .processes import Cluster, Member
from .service import MessageService

QUIET_START, AIMED_SHARE = 3.0, 0.7
DELIVERED = "SELECT text, count(*) FROM messages WHERE delivered_at IS NOT NULL GROUP BY text"
STILL_CONNECTED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


@dataclass
class Disturber:
    """Makes the disturbances of an experiment, at random moments before its calm end.

    `kills`: of planner and workers. `moments`: when each disturbance ended (UTC). `unmarked`: how many
    messages the service had accepted, and the database did not know of it, when a planner was killed.
    """

    options: Options
    server: Server
    url: str
    cluster: Cluster
    service: MessageService
    began: float
    kills: Counter[str] = field(default_factory=Counter)
    moments: list[datetime] = field(default_factory=list)
    unmarked: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._has_hit = threading.Event()
        self._rng = Random(self.options.seed + 3)
        o = self.options
        acts: list[Callable[[], None]] = [self.kill] * o.kills + [self.restart_server] * o.restarts
        acts += [self.cut] * o.cuts
        times = sorted(self._rng.uniform(QUIET_START, o.seconds - o.calm) for _ in acts)
        self._rng.shuffle(acts)
        self._due = list(zip(times, acts, strict=True))

    def act(self) -> None:
        """Make what is due."""
        if self._has_hit.is_set():
            self._kill(self.cluster.planner)
        while self._due and time.monotonic() >= self.began + self._due[0][0]:
            self._due.pop(0)[1]()

    def explains(self, moment: datetime, seconds: float) -> bool:
        """Return whether a disturbance ended within so many seconds after a moment."""
        return any(0 <= (at - moment).total_seconds() <= seconds for at in self.moments)

    def kill(self) -> None:
        """Kill a process and start it again; the planner at times only when it has delivered a message."""
        member = self._rng.choice(self.cluster.members)
        if member.is_target:
            member = self._rng.choice(self.cluster.workers or self.cluster.members)
        if member is self.cluster.planner and self.options.messages and self._rng.random() < AIMED_SHARE:
            self._aim(member)
        else:
            self._kill(member)

    def _aim(self, member: Member) -> None:
        """Kill the process right after the service has accepted the next message."""

        def kill() -> None:
            os.kill(member.pid, signal.SIGKILL)
            self._has_hit.set()

        member.is_target = True
        self.service.after_next = kill

    def finish(self) -> None:
        """Make the kill that still waits for a message."""
        self.service.after_next = None
        if self.cluster.planner.is_target:
            self._kill(self.cluster.planner)

    def _kill(self, member: Member) -> None:
        self.cluster.kill(member)
        if member is self.cluster.planner and self.options.messages:
            self.unmarked = self._count_unmarked()
        member.is_target = False
        self._has_hit.clear()
        self.cluster.restart(member)
        self.kills[member.name] += 1
        self._note(f"killed {member.name}")

    def _note(self, text: str) -> None:
        self.moments.append(SystemClock().now())
        self.log.append(f"{self.moments[-1]:%T} {text}")

    def _count_unmarked(self) -> int:
        self.service.wait_until_idle()
        with psycopg.connect(self.url, autocommit=True) as connection:
            until = time.monotonic() + 1  # a commit of the killed process may be under way
            while time.monotonic() < until and _number(connection, STILL_CONNECTED):
                time.sleep(0.02)
            delivered = {text.strip(): count for text, count in connection.execute(DELIVERED)}
        return surplus(self.service.accepted, delivered)

    def restart_server(self) -> None:
        self.server.stop(self._rng.choice([signal.SIGINT, signal.SIGQUIT]))
        time.sleep(self._rng.uniform(0.5, 3))
        self.server.start()
        self._note("restarted PostgreSQL")

    def cut(self) -> None:
        self.server.terminate_connections(self.url)
        self._note("cut all connections")


def surplus(accepted: Counter[str], delivered: dict[str, int]) -> int:
    """Return how often a text was accepted beyond the messages that are marked as delivered."""
    return sum(max(0, count - delivered.get(text, 0)) for text, count in accepted.items())


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return int(row[0])
