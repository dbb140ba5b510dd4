"""One experiment, from an empty database to its findings. It ends by itself, whatever happens in it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

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
    """Wait until the end, and disturb; in the calm end nothing fails any longer."""
    until = disturber.began + options.seconds
    while (left := until - time.monotonic()) > 0:
        if left > options.calm:
            disturber.act()
        site.fails = left > options.calm
        cluster.watch()
        time.sleep(TICK)


def notes(evidence: Evidence, cluster: Cluster) -> list[str]:
    site, disturber = evidence.site, evidence.disturber
    lines = cluster.log_lines(ERRORS)
    return [
        f"memory at its peak: {', '.join(f'{m.name} {m.peak:.0f} MiB' for m in cluster.members)}",
        f"requests by address: {dict(site.addresses)}",
        f"faults: {dict(site.faults)}",
        f"killed: {dict(disturber.kills)}; ended by themselves: "
        f"{ {m.name: m.exits for m in cluster.members if m.exits} }",
        f"{len(lines)} lines of errors in the logs",
        *(f"    {line[:300]}" for line in lines[:10]),
    ]
