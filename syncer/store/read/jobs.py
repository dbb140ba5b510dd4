"""What was read last of a player, and where a reading goes on (table player_jobs)."""

import sqlalchemy as sa

from syncer.core.model.job import NO_JOB, Job, JobKind, Jobs
from syncer.store.db.account_tables import player_jobs
from syncer.store.db.parameters import PLAYER, is_among

j = player_jobs.c
# What a run plans by; the cursors of the others may be long, and are read where unlocks are.
PLANNED = [kind.value for kind in JobKind if not kind.startswith("unlock_") and not kind.endswith("_message")]
JOBS = sa.select(j.kind, j.last_at, j.next_at, j.cursor, j.pending).where(j.player_id == PLAYER)
PLANNED_JOBS = JOBS.where(is_among(j.kind, PLANNED))
ONE_JOB = JOBS.where(j.kind == sa.bindparam("kind"))


def read_job(tx: sa.Connection, player_id: int, kind: JobKind) -> Job:
    """Return one job of a player; an empty one where none is stored."""
    row = tx.execute(ONE_JOB, {"player": player_id, "kind": kind.value}).one_or_none()
    return Job(*row[1:]) if row else NO_JOB


def read_jobs(tx: sa.Connection, player_id: int) -> Jobs:
    """Return the jobs of the polling policy."""
    rows = tx.execute(PLANNED_JOBS, {"player": player_id}).all()
    return {JobKind(kind): Job(*values) for kind, *values in rows}
