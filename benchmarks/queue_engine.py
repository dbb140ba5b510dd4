"""A job queue: the engine procrastinate against a plain lease on the players.

Both run in the same PostgreSQL, with the same processes and jobs. The lease is SELECT … FOR UPDATE SKIP
LOCKED on a table of players; the engine defers one job per player with a queueing lock, in one statement.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import procrastinate
import psycopg

from tests.postgres import Server

from .many_players import cpu_seconds
from .measure import Result
from .queue_worker import SCHEMA, TASK, Work, engine_app

CONCURRENCY = 10  # jobs at once in one worker process
WORKERS = (1, 2, 4)
JOBS, WAIT = 2_000, 0.2
WAITING_JOBS = 300  # per worker: six seconds
PACED_JOBS, PACE = 200, 0.04
IDLE_SECONDS = 10.0
TIMEOUT = 300.0
LEASE_TABLE = """
    CREATE TABLE lease_players (id bigint PRIMARY KEY, due_at timestamptz NOT NULL, leased_until timestamptz);
    CREATE INDEX ON lease_players (due_at);
    INSERT INTO lease_players SELECT n, 'infinity', NULL FROM generate_series(1, 10000) AS n
"""


class Queue(Protocol):
    """One side of the comparison."""

    kind: str

    def enqueue(self, players: Sequence[int]) -> None:
        """Make these players due, in one statement."""

    def waiting(self) -> int:
        """Return how many jobs have not ended."""


class Lease:
    """A column of the players says who is due; workers claim one after the other."""

    kind = "lease"

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def enqueue(self, players: Sequence[int]) -> None:
        query = "UPDATE lease_players SET due_at = now(), leased_until = NULL WHERE id = ANY(%s)"
        self._connection.execute(query, [list(players)])

    def waiting(self) -> int:
        return count(self._connection, "SELECT count(*) FROM lease_players WHERE due_at <= now()")


class Engine:
    """The tables of procrastinate in their own schema; a job is deleted when it has succeeded."""

    kind = "engine"

    def __init__(self, connection: psycopg.Connection, app: procrastinate.App) -> None:
        self._connection, self._app = connection, app

    def enqueue(self, players: Sequence[int]) -> None:
        jobs = [
            procrastinate.jobs.Job(
                id=None,
                queue="default",
                lock=None,
                queueing_lock=f"player {player}",
                task_name=TASK,
                task_kwargs={"player": player},
            )
            for player in players
        ]
        self._app.job_manager.batch_defer_jobs(jobs)

    def waiting(self) -> int:
        # A job that failed stays in the table, too: then this benchmark fails by its timeout.
        return count(self._connection, f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side took. Times in ms, each per job."""

    wall: float
    client: float  # CPU of the workers
    server: float  # CPU of PostgreSQL, with all its processes
    enqueue: float  # wall time of the statement that makes them due
    latencies: list[float]  # from that statement to the start of each job

    def quantile(self, share: float) -> float:
        return statistics.quantiles(self.latencies, n=100)[round(share * 100) - 1]


def benchmark(_: Path) -> Iterator[Result]:
    with closing(Server()) as server, bench_on(server) as bench:
        for workers in WORKERS:
            yield from bench.compare(f"{workers} x {CONCURRENCY}, job of 0 ms", JOBS, workers, 0)
        for workers in WORKERS:
            name = f"{workers} x {CONCURRENCY}, job of {WAIT * 1000:.0f} ms"
            yield from bench.compare(name, WAITING_JOBS * workers, workers, WAIT)
        yield from bench.latency(2)
        yield from bench.idle(4)


@contextmanager
def bench_on(server: Server) -> "Iterator[Bench]":
    """Create the tables of both sides."""
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LEASE_TABLE)
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        app = engine_app(url, 2)
        with app.open():
            app.schema_manager.apply_schema()
            yield Bench(server, url, (Lease(connection), Engine(connection, app)))


class Bench:
    """The worker processes of both sides, one side after the other."""

    def __init__(self, server: Server, url: str, sides: tuple[Queue, Queue]) -> None:
        self._url, self._sides = url, sides
        self._postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])

    def compare(self, name: str, jobs: int, workers: int, seconds: float) -> Iterator[Result]:
        """Execute jobs that are all due at once."""
        lease, engine = (self.execute(side, jobs, workers, seconds) for side in self._sides)
        ideal = f" ({seconds * 1000 / workers / CONCURRENCY:g} at best)" if seconds else ""
        yield result(f"queue, {name}: time per job{ideal}", lease.wall, engine.wall)
        yield result(f"queue, {name}: cpu of the workers per job", lease.client, engine.client)
        yield result(f"queue, {name}: cpu of the server per job", lease.server, engine.server)
        yield result(f"queue, {name}: make {jobs} due", lease.enqueue * jobs, engine.enqueue * jobs)

    def latency(self, workers: int) -> Iterator[Result]:
        """Enqueue single jobs at an even pace, while workers are idle."""
        lease, engine = (self.execute(side, PACED_JOBS, workers, 0, pace=PACE) for side in self._sides)
        for share in (0.5, 0.99):
            name = f"queue, {1 / PACE:g} jobs a second, due until start, p{share * 100:.0f}"
            yield result(name, lease.quantile(share), engine.quantile(share))

    def idle(self, workers: int) -> Iterator[Result]:
        """Measure the CPU of workers that have nothing to do."""
        lease, engine = (self.execute(side, 0, workers, 0, idle=IDLE_SECONDS) for side in self._sides)
        for who in ("client", "server"):
            name = f"queue, {workers} idle workers, cpu of the {who} per second"
            yield result(name, getattr(lease, who), getattr(engine, who))

    def execute(
        self, side: Queue, jobs: int, workers: int, seconds: float, *, pace: float = 0.0, idle: float = 0.0
    ) -> Figures:
        # Not -m: the engine warns of an app in the main module.
        command = [sys.executable, "-c", "from benchmarks.queue_worker import main; main()"]
        arguments = [side.kind, self._url, str(CONCURRENCY), str(seconds)]
        children = [start([*command, *arguments]) for _ in range(workers)]
        try:
            for child in children:
                assert read_line(child) == "ready\n"
            used = self._server_cpu()
            due_at, enqueuing = enqueue_all(side, jobs, pace)
            time.sleep(idle)
            wait_until_done(side)
            used = self._server_cpu() - used
            works = [stop(child) for child in children]
        finally:
            for child in children:
                child.kill()
                child.wait()
        return figures(works, due_at, enqueuing, used, jobs, idle)

    def _server_cpu(self) -> float:
        """Return the seconds of CPU of PostgreSQL's processes, ended ones included."""
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text().split()
        fields = Path(f"/proc/{self._postmaster}/stat").read_text().rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / 100
        return cpu_seconds(self._postmaster) + ended + sum(cpu_seconds(int(child)) for child in children)


def figures(
    works: Sequence[Work], due_at: dict[int, float], enqueuing: float, server: float, jobs: int, idle: float
) -> Figures:
    done = [job for work in works for job in work.jobs]
    assert sorted(job.player for job in done) == sorted(due_at), "a job was lost, or executed twice"
    each = 1000 / jobs if jobs else 1000 / idle
    wall = max(job.ended for job in done) - min(due_at.values()) if done else idle
    client = sum(work.cpu for work in works)
    latencies = [(job.started - due_at[job.player]) * 1000 for job in done]
    return Figures(wall * each, client * each, server * each, enqueuing * each, latencies)


def enqueue_all(side: Queue, jobs: int, pace: float) -> tuple[dict[int, float], float]:
    """Make the players due, one after the other where there is a pace; return when, and the seconds taken."""
    players = list(range(1, jobs + 1))
    began, due_at = time.monotonic(), dict[int, float]()
    for part in [[player] for player in players] if pace else [players] if players else []:
        due_at |= dict.fromkeys(part, time.monotonic())
        side.enqueue(part)
        time.sleep(pace)
    return due_at, time.monotonic() - began - pace * jobs


def wait_until_done(side: Queue) -> None:
    until = time.monotonic() + TIMEOUT
    while side.waiting():
        assert time.monotonic() < until, "the jobs did not end in time"
        time.sleep(0.1)


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def stop(child: subprocess.Popen[str]) -> Work:
    """End the input of a worker, and return what it did."""
    assert child.stdin
    child.stdin.close()
    return Work.parse(read_line(child))


def read_line(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline()


def result(name: str, lease: float, engine: float) -> Result:
    return Result(name, lease, engine, "ms", ratio=engine / lease if lease else None)


def count(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return int(row[0])
