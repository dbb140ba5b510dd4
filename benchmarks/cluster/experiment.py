"""One experiment, from an empty database to its findings. It ends by itself, whatever happens in it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from syncer.core.clock import SystemClock
from syncer.store.db.engine import Database
from syncer.store.db.queue_schema import upgrade_queue
from tests.migrated import prepare
from tests.postgres import Server

from .checks import CHECKS
from .disturb import Disturber
from .evidence import Evidence, Finding
from .options import SCHEMA, Options
from .processes import Cluster
from .service import MessageService
from .site import ClusterSite, build_world, plan_play

TICK = 0.25
SETTLED = """
    SELECT (count(*) = %(players)s
            AND NOT EXISTS (SELECT FROM messages WHERE next_attempt_at IS NOT NULL))::int
    FROM (SELECT player_id FROM runs WHERE id > %(since)s AND outcome = 'ok'
          GROUP BY player_id HAVING count(*) >= 2) polled
"""
ERRORS = ("Traceback", "ERROR", "internal error", "CRITICAL")


@dataclass(frozen=True)
class Report:
    """The findings, and what else is worth a line."""

    findings: list[Finding]
    notes: list[str]

    @property
    def is_good(self) -> bool:
        return not any(finding.breaches for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.findings), *(f"  {note}" for note in self.notes)])


def run(options: Options, server: Server, folder: Path) -> Report:
    """Let the processes work on a new database of that server; they write their logs into the folder."""
    url = server.create_database()
    with closing(Database(url, queue_schema=SCHEMA)) as database:
        prepare(database, SystemClock().now())
        if options.workers:
            upgrade_queue(database)
    world = build_world(options)
    play = plan_play(options, world, SystemClock().now())
    cluster = Cluster(options, folder)
    with ClusterSite(options, world, play) as site, MessageService() as service, killed_at_end(cluster):
        site.dead = cluster.dead
        options.write_configuration(folder, url, site.base_url, service.url)
        cluster.start()
        disturber = Disturber(options, server, url, cluster, service, time.monotonic())
        live(options, cluster, site, disturber)
        stopped_at = SystemClock().now()
        exits = cluster.stop()
        evidence = Evidence(options, url, site, play, disturber, stopped_at, exits)
        return Report([check(evidence) for check in CHECKS], notes(evidence, cluster))


@contextmanager
def killed_at_end(cluster: Cluster) -> Iterator[None]:
    try:
        yield
    finally:
        cluster.kill_all()


def live(options: Options, cluster: Cluster, site: ClusterSite, disturber: Disturber) -> None:
    """Disturb, and wait until the end, in which nothing fails any longer."""
    until = disturber.began + options.seconds
    while time.monotonic() < until - options.calm:
        disturber.act()
        cluster.watch()
        time.sleep(TICK)
    disturber.finish()
    site.fails = False
    settled = Settled(disturber.url, options.players)
    while time.monotonic() < until and not (options.is_disturbed and settled()):
        cluster.watch()
        time.sleep(4 * TICK)


class Settled:
    """Returns whether each player had two complete runs since it was made, and no message waits."""

    def __init__(self, url: str, players: int) -> None:
        self._url, self._players = url, players
        self._since = self._number("SELECT coalesce(max(id), 0) FROM runs", {})

    def __call__(self) -> bool:
        values = {"since": self._since, "players": self._players}
        return bool(self._number(SETTLED, values))

    def _number(self, query: str, values: dict[str, int]) -> int:
        with psycopg.connect(self._url) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row
        return int(row[0])


def notes(evidence: Evidence, cluster: Cluster) -> list[str]:
    site, disturber = evidence.site, evidence.disturber
    lines = cluster.log_lines(ERRORS)
    return [
        f"memory at its peak: {', '.join(f'{m.name} {m.peak:.0f} MiB' for m in cluster.members)}",
        f"requests by address: {dict(site.addresses)}",
        f"faults: {dict(site.faults)}",
        f"killed: {dict(disturber.kills)}; ended by themselves: "
        f"{ {m.name: m.exits for m in cluster.members if m.exits} }",
        *(f"    {line}" for line in disturber.log),
        f"{len(lines)} lines of errors in the logs",
        *(f"    {line[:300]}" for line in lines[:10]),
    ]
