"""An executor of APScheduler in which a waiting run holds back no other: each has a thread of its own.

A thread begins when there is a place for it, so hundreds of players that are due at one moment do not compete
for the processor and the database.
"""

import threading
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job

from syncer.core.places import Places

STARTING = 0.01  # seconds between two looks at a thread that is being started
Submitted = tuple[Any, list[datetime]]  # a job, and the moments for which it was scheduled


class RunExecutor(BaseExecutor):  # type: ignore[misc]
    """Runs each job in a new thread, of the name of the job.

    The threads are daemon threads: one that hangs in a system call does not keep the process from ending.
    """

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places, self._queue = places, SimpleQueue[Submitted | None]()
        self._threads: set[threading.Thread] = set()
        self._is_stopping = False

    def start(self, scheduler: Any, alias: str) -> None:
        """Begin to start the jobs that are submitted."""
        super().start(scheduler, alias)
        threading.Thread(target=self._start_queued, name="runs", daemon=True).start()

    def shutdown(self, wait: bool = True) -> None:
        """Start no further job, not even one that waits for a place; wait for those that run."""
        self._is_stopping = True
        self._queue.put(None)
        if wait:
            self.join()

    def join(self) -> None:
        """Wait for the jobs that run, and for those that are about to."""
        while threads := tuple(self._threads):
            for thread in threads:
                if thread.ident is None:  # it is being started, and cannot be joined yet
                    threading.Event().wait(STARTING)
                else:
                    thread.join()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._places.waiting.add(job.id)
        self._queue.put((job, run_times))

    def _start_queued(self) -> None:
        while submitted := self._queue.get():
            self._places.take()
            if self._is_stopping:
                return
            self._start(*submitted)

    def _start(self, job: Any, run_times: list[datetime]) -> None:
        """Start the thread of a job for which a place was taken."""
        thread = threading.Thread(target=self._run, args=(job, run_times), name=job.id, daemon=True)
        self._threads.add(thread)
        self._places.waiting.discard(job.id)
        try:
            thread.start()
        except Exception as error:  # the system allows no further thread: the job is due again
            self._threads.discard(thread)
            self._run_job_error(job.id, error)
            with self._places.taken():
                pass

    def _run(self, job: Any, run_times: list[datetime]) -> None:
        try:
            with self._places.taken():
                events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            self._run_job_success(job.id, events)
        finally:
            self._threads.discard(threading.current_thread())
