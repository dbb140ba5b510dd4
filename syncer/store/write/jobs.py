"""Write what was read last of a player, and where a reading goes on (table player_jobs)."""

from typing import Any

import sqlalchemy as sa

from syncer.core.model.job import JobKind, Jobs
from syncer.store.db.account_tables import player_jobs
from syncer.store.db.upsert import insert_or_ignore


def save_job(tx: sa.Connection, player_id: int, kind: JobKind, **values: Any) -> None:
    """Store columns of one job; the others stay as they are."""
    j = player_jobs.c
    tx.execute(insert_or_ignore(tx, player_jobs).values(player_id=player_id, kind=kind.value, pending=0))
    tx.execute(player_jobs.update().where(j.player_id == player_id, j.kind == kind.value).values(**values))


def save_jobs(tx: sa.Connection, player_id: int, jobs: Jobs) -> None:
    """Store some jobs of a player, each with all of its columns."""
    for kind, job in jobs.items():
        values = {"last_at": job.last_at, "next_at": job.next_at, "cursor": job.cursor}
        save_job(tx, player_id, kind, **values, pending=job.pending)
