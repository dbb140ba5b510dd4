"""Close runs that were left open by a process that died."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.run import RunOutcome
from syncer.core.notifications.model import Recipients
from syncer.store.db.parameters import AT, PLAYER
from syncer.store.db.tables import IS_RUNNING, players, runs

from .account_polls import end_interrupted_polls
from .notifications import enqueue_for_interrupted

# A fast clock may have stamped the start later than the end.
START = sa.case((runs.c.started_at > AT, AT), else_=runs.c.started_at)
OF_PLAYER, ANY_PLAYER = runs.c.player_id == PLAYER, sa.true()
NAME: sa.BindParameter[str] = sa.bindparam("name")
NAMED = sa.or_(sa.func.lower(players.c.username) == sa.func.lower(NAME), players.c.ulid == NAME)
OF_NAME = runs.c.player_id.in_(sa.select(players.c.id).where(NAMED))
UNRESOLVED = sa.and_(
    runs.c.player_id.is_(None), runs.c.started_at < sa.bindparam("before", type_=runs.c.started_at.type)
)
RUNNING = sa.select(runs).where(IS_RUNNING).order_by(runs.c.id)


def interrupt_runs(
    tx: sa.Connection, audience: Recipients, at: datetime, which: sa.ColumnElement[bool], **more: object
) -> int:
    """Close the open runs of a kind, and return how many; messages report what they stored."""
    values = {"at": at, **more}
    running = open_runs(tx, audience, which, values)
    interrupted = tx.scalars(_interrupt_statement(which), values).all()  # the players of the runs
    for player in {player for player in interrupted if player is not None}:
        end_interrupted_polls(tx, player)
    for run in running:
        enqueue_for_interrupted(tx, audience, run, at)
    return len(interrupted)


def open_runs(
    tx: sa.Connection, audience: Recipients, which: sa.ColumnElement[bool], values: Mapping[str, Any]
) -> Sequence[sa.Row[Any]]:
    """Return the open runs that need messages: closing a run twice must not repeat them."""
    return tx.execute(RUNNING.where(which), values).all() if audience.services else ()


@cache
def _interrupt_statement(which: sa.ColumnElement[bool]) -> sa.UpdateBase:
    outcome = RunOutcome.INTERRUPTED.value
    ended = runs.update().where(IS_RUNNING, which)
    ended = ended.values(outcome=outcome, finished_at=AT, started_at=START)
    return ended.returning(runs.c.player_id)
