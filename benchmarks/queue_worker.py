"""One worker process of the queue benchmark, with the arguments KIND URL CONCURRENCY SECONDS.

It prints a line once it waits for jobs, works until its input ends, and then prints what it did.
"""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from threading import Event, Thread

import procrastinate
import psycopg

TASK, SCHEMA = "run_player", "queue_bench"
IDLE_POLL = 1.0  # seconds until a thread of the plain lease asks again
CLAIM = """
    UPDATE lease_players SET leased_until = now() + interval '5 minutes'
    WHERE id = (SELECT id FROM lease_players
                WHERE due_at <= now() AND (leased_until IS NULL OR leased_until < now())
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""
RELEASE = """
    UPDATE lease_players SET due_at = now() + interval '15 minutes', leased_until = NULL WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One job that was executed. Times are of the monotonic clock, which all processes share."""

    player: int
    started: float
    ended: float


@dataclass(frozen=True, slots=True)
class Work:
    """All that one worker did, and its CPU in seconds since it was ready."""

    jobs: list[Job]
    cpu: float

    @classmethod
    def parse(cls, line: str) -> "Work":
        found = json.loads(line)
        return cls([Job(**job) for job in found["jobs"]], found["cpu"])


class Recorder:
    """Executes jobs, each of which waits `seconds`, and remembers them."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.jobs, self._cpu = seconds, list[Job](), 0.0

    def begin(self) -> None:
        """Tell the parent that this worker is ready."""
        self._cpu = time.process_time()
        print("ready", flush=True)

    def execute(self, player: int) -> None:
        started = time.monotonic()
        if self.seconds:
            time.sleep(self.seconds)
        self.jobs.append(Job(player, started, time.monotonic()))

    def finish(self) -> None:
        print(json.dumps(asdict(Work(self.jobs, time.process_time() - self._cpu))), flush=True)


def engine_app(url: str, connections: int) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(
        conninfo=url,
        min_size=1,
        max_size=connections,
        kwargs={"options": f"-c search_path={SCHEMA}"},
    )
    return procrastinate.App(connector=connector)


async def work_for_engine(url: str, concurrency: int, recorder: Recorder) -> None:
    # Jobs that are no coroutines run in the default executor: by itself it has four threads more than there
    # are cores, and the engine would run no more jobs at once, whatever its concurrency.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency + 1))
    app = engine_app(url, concurrency)
    app.task(name=TASK)(recorder.execute)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency, delete_jobs="successful", install_signal_handlers=False
            )
        )
        await asyncio.sleep(1)  # until it listens
        recorder.begin()
        await asyncio.to_thread(sys.stdin.read)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def work_by_lease(url: str, concurrency: int, recorder: Recorder) -> None:
    stopping = Event()
    threads = [Thread(target=lease_loop, args=(url, recorder, stopping)) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    time.sleep(1)  # until each has connected
    recorder.begin()
    sys.stdin.read()
    stopping.set()
    for thread in threads:
        thread.join()


def lease_loop(url: str, recorder: Recorder, stopping: Event) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        while not stopping.is_set():
            claimed = connection.execute(CLAIM).fetchone()
            if claimed is None:
                stopping.wait(IDLE_POLL)
                continue
            recorder.execute(claimed[0])
            connection.execute(RELEASE, claimed)


def main() -> None:
    kind, url, concurrency, seconds = sys.argv[1:]
    recorder = Recorder(float(seconds))
    if kind == "engine":
        asyncio.run(work_for_engine(url, int(concurrency), recorder))
    else:
        work_by_lease(url, int(concurrency), recorder)
    recorder.finish()
