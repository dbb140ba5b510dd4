"""What was read last of a player, and where a reading goes on (table player_jobs)."""

import sqlalchemy as sa

from syncer.core.model.job import NO_JOB, Job, JobKind, Jobs
from syncer.store.db.account_tables import player_jobs

# What a run plans by; the cursors of the others may be long, and are read where unlocks are.
PLANNED = [kind.value for kind in JobKind if not kind.startswith("unlock_")]


def read_job(tx: sa.Connection, player_id: int, kind: JobKind) -> Job:
    """Return one job of a player; an empty one where none is stored."""
    return _read(tx, player_id, [kind.value]).get(kind, NO_JOB)


def read_jobs(tx: sa.Connection, player_id: int) -> Jobs:
    """Return the jobs of the polling policy."""
    return _read(tx, player_id, PLANNED)


def _read(tx: sa.Connection, player_id: int, kinds: list[str]) -> Jobs:
    j = player_jobs.c
    query = sa.select(j.kind, j.last_at, j.next_at, j.cursor, j.pending)
    rows = tx.execute(query.where(j.player_id == player_id, j.kind.in_(kinds))).all()
    return {JobKind(kind): Job(*values) for kind, *values in rows}
