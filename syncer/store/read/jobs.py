"""What was read last of a player, and where a reading goes on (table player_jobs)."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from syncer.core.model import job as model
from syncer.store.db.account_tables import player_jobs

PROFILE_JOB = "profile"  # `next_at`: when a suspect profile is read again
CHECK_JOB = "check"  # `last_at`: when rank and points were read
WINDOW_JOB = "unlock_window"  # `last_at`: with the long overlap; `cursor`: what the answers covered
LIST_JOB = "unlock_whole"  # `cursor`: what is left of a reading of all unlocks
GAMES_JOB = "unlock_games"  # `cursor`: the last readings of games that differed after them


class Job(NamedTuple):
    """How far a job has come. None: never, or nowhere."""

    last_at: datetime | None = None
    cursor: str | None = None


def read_job(tx: sa.Connection, player_id: int, kind: str) -> Job:
    """Return one job of a player; an empty one where none is stored."""
    j = player_jobs.c
    query = sa.select(j.last_at, j.cursor).where(j.player_id == player_id, j.kind == kind)
    row = tx.execute(query).one_or_none()
    return Job(*row) if row else Job()


KINDS = tuple(kind.value for kind in model.JobKind)


def read_jobs(tx: sa.Connection, player_id: int) -> model.Jobs:
    """Return the jobs of the polling policy."""
    j = player_jobs.c
    query = sa.select(j.kind, j.last_at, j.next_at, j.cursor, j.pending)
    rows = tx.execute(query.where(j.player_id == player_id, j.kind.in_(KINDS))).all()
    return {model.JobKind(kind): model.Job(*values) for kind, *values in rows}
