"""When a run probes, and when a run starts for a probe or for a second check. Pure.

Where one batch holds all games of a list of ids, each run polls them all, and an hourly probe finds sessions.
Otherwise each run probes: one request for the games that were played last tells which of thousands may have
changed by play, and which are new. The sweep finds all other changes. For users: docs/polling.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from syncer.core.model.job import NO_JOB, Job, JobKind, Jobs
from syncer.core.model.play import MAX_RECENT_PER_PAGE
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.periodic import HOURLY, MONTHLY, is_due
from syncer.core.ports import TrackedPlayer

from .promise import Promise

WHOLE_PAGES_PER_RUN = 20  # of a reading of all games that were ever played
WHOLE_PART_EVERY = timedelta(hours=12)  # after the first such reading: 40 requests a day
MIN_BETWEEN_PROBES = timedelta(minutes=1)
FEW_ROWS = 10  # each row is about 40 kB a day
RETRY_PART = 3  # of the interval, until a probe that failed is tried once more
RUNS_BETWEEN_PROBES = 2  # of a player whose targets are all polled in each run, while somebody plays


def can_probe(tracked: TrackedPlayer) -> bool:
    """Return whether the player is probed at all; not where polls come at times of the day."""
    return isinstance(tracked.schedule, IntervalSchedule)


def is_probe_due(tracked: TrackedPlayer, jobs: Jobs, promise: Promise, now: datetime) -> bool:
    """Return whether a run that starts now probes."""
    job = jobs.get(JobKind.PROBE, NO_JOB)
    if promise.idle_every and can_probe(tracked):
        # Runs that start for other reasons probe, too, but not several times a minute.
        return job.last_at is None or not job.last_at <= now < job.last_at + MIN_BETWEEN_PROBES
    if not can_probe(tracked) or not (tracked.sessions or tracked.played):
        return False
    hourly = is_due(job.last_at, HOURLY, tracked.schedule, now)
    return hourly or (job.next_at is not None and job.pending >= RUNS_BETWEEN_PROBES)


def rows_of_probe(promise: Promise, *, is_hourly: bool) -> int:
    """Return how many rows the first page of a probe has.

    Between two polls of the promise few games are played. Once an hour the page has all the rows it can have:
    what changed without play is most often in a game that was played lately.
    """
    return FEW_ROWS if promise.idle_every and not is_hourly else MAX_RECENT_PER_PAGE


def is_whole_reading_due(tracked: TrackedPlayer, jobs: Jobs, now: datetime) -> bool:
    """Return whether the list of all games that were ever played is read, or read on: once a month.

    It is the only list with games without an unlock.
    """
    job = jobs.get(JobKind.RECENT_WHOLE, NO_JOB)
    if not tracked.played or not can_probe(tracked):
        return False
    if job.next_at and now < job.next_at <= now + WHOLE_PART_EVERY:
        return False
    return job.cursor is not None or is_due(job.last_at, MONTHLY, tracked.schedule, now)


def is_listed(jobs: Jobs) -> bool:
    """Return whether all games that the player has played were read once, in one of the two lists of them."""
    lists = (jobs.get(kind, NO_JOB) for kind in (JobKind.LISTING_WHOLE, JobKind.RECENT_WHOLE))
    return any(job.last_at for job in lists)


def after_whole_page(job: Job, offset: int, rows: int, at: datetime, size: int = MAX_RECENT_PER_PAGE) -> Job:
    """Return what is stored after a page of all games; no cursor: it was the last one.

    `rows`: those that came, of `size` that were requested.
    """
    if rows < size:
        return Job(at)
    return Job(job.last_at, None, str(offset + rows))


def starts_at(tracked: TrackedPlayer, jobs: Jobs, promise: Promise) -> datetime | None:
    """Return when a run starts that no target needs; None: there is no such moment."""
    probe, check = jobs.get(JobKind.PROBE, NO_JOB), jobs.get(JobKind.CHECK, NO_JOB)
    if not can_probe(tracked):
        return None
    if promise.idle_every is None:  # all are polled anyway, and earlier only while somebody plays
        return probe.next_at
    usual = probe.last_at + tracked.schedule.interval if probe.last_at else promise.account_until
    return earliest([check.next_at, probe.next_at or usual])


def is_start_due(tracked: TrackedPlayer, jobs: Jobs, promise: Promise, now: datetime) -> bool:
    """Return whether a run starts now that no target needs."""
    moment = starts_at(tracked, jobs, promise)
    # A moment further ahead was stored while the clock was wrong.
    return moment is not None and not now + promise.early < moment <= now + tracked.schedule.longest


def is_recheck_due(jobs: Jobs, promise: Promise, now: datetime) -> bool:
    """Return whether the account's points are read a second time, some minutes after they differed."""
    moment = jobs.get(JobKind.CHECK, NO_JOB).next_at
    return promise.idle_every is not None and moment is not None and moment <= now + promise.early


def is_play_run(tracked: TrackedPlayer, jobs: Jobs, promise: Promise, now: datetime) -> bool:
    """Return whether a run polls all targets early, because the player plays."""
    moment = starts_at(tracked, jobs, promise)
    return promise.idle_every is None and moment is not None and moment <= now + promise.early


def after_probe(tracked: TrackedPlayer, promise: Promise, at: datetime, rows: int, *, plays: bool) -> Job:
    """Return what is stored of a probe. `rows`: how many were read. `plays`: the player plays now.

    Where each run probes, the next one is stored, so that another interval breaks no promise.
    """
    usual = at + tracked.schedule.interval if promise.idle_every else None
    return Job(at, _next_while_playing(tracked, at, plays=plays) or usual, str(rows))


def after_failed_probe(tracked: TrackedPlayer, job: Job, at: datetime, promise: Promise) -> Job:
    """Return what is stored of a probe that failed while the site answers: it waits for its turn.

    Where a probe is what polls the account, the first failure is followed by one attempt that comes sooner:
    two failures in a row would be a gap.
    """
    interval = tracked.schedule.interval
    if promise.idle_every is None:
        return Job(job.last_at, at + interval, job.cursor, job.pending)
    return Job(job.last_at, at + (interval if job.pending else interval / RETRY_PART), job.cursor, 1)


def after_polls(tracked: TrackedPlayer, job: Job, at: datetime, *, rose: bool) -> Job:
    """Return what is stored after a run without a probe that has polled all targets. `rose`: a count did."""
    pending = 0 if rose else job.pending + 1
    plays = rose or (job.next_at is not None and pending <= RUNS_BETWEEN_PROBES)
    next_at = _next_while_playing(tracked, at, plays=plays)
    return Job(job.last_at, next_at, job.cursor, pending if next_at else 0)


def _next_while_playing(tracked: TrackedPlayer, at: datetime, *, plays: bool) -> datetime | None:
    every = tracked.play_every if can_probe(tracked) and plays else None
    return at + every if every and every < tracked.schedule.interval else None


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
