"""Write what was read last of a player, and where a reading goes on (table player_jobs)."""

from typing import Any

import sqlalchemy as sa

from syncer.core.model.job import JobKind, Jobs
from syncer.store.db.account_tables import player_jobs
from syncer.store.db.parameters import PLAYER
from syncer.store.db.upsert import insert_or_ignore

UPDATE_JOB = player_jobs.update().where(
    player_jobs.c.player_id == PLAYER, player_jobs.c.kind == sa.bindparam("of_kind")
)


def save_job(tx: sa.Connection, player_id: int, kind: JobKind, **values: Any) -> None:
    """Store columns of one job; the others stay as they are."""
    row = {"player": player_id, "of_kind": kind.value, **values}
    if tx.execute(UPDATE_JOB, row).rowcount == 0:
        new = {"player_id": player_id, "kind": kind.value, "pending": 0}
        tx.execute(insert_or_ignore(tx, player_jobs), new)
        tx.execute(UPDATE_JOB, row)


def save_jobs(tx: sa.Connection, player_id: int, jobs: Jobs) -> None:
    """Store some jobs of a player, each with all of its columns."""
    for kind, job in jobs.items():
        values = {"last_at": job.last_at, "next_at": job.next_at, "cursor": job.cursor}
        save_job(tx, player_id, kind, **values, pending=job.pending)
