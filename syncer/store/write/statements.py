"""Statements of each batch: built once, so that recording pays for its rows alone."""

from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import IS_OPEN, rejections, runs, snapshots, targets

T, S, R = targets.c, snapshots.c, rejections.c
AT = sa.bindparam("at", type_=S.last_seen_at.type)
UPDATE_TARGET = (
    targets.update()
    .where(T.player_id == sa.bindparam("of_player"), T.game_id == sa.bindparam("of_game"))
    .values({name: sa.bindparam(name) for name in ("due_at", "interval_seconds", "removed_at")})
)
MINE = sa.and_(T.player_id == sa.bindparam("player"), any_of(T.game_id, "ids"))

# Reading: the batch's targets, each with its open row; and the newest rejection of each, where it stands.
LOCK = sa.select(T.game_id).where(MINE).order_by(T.game_id).with_for_update()
TARGET_STATES = (
    sa.select(T.game_id, T.due_at, T.expected_at, T.failures)
    .add_columns(S.id, S.first_seen_at, S.last_seen_at, *(S[name] for name in PROGRESS_COLUMNS))
    .select_from(targets)
    .outerjoin(snapshots, sa.and_(S.player_id == T.player_id, S.game_id == T.game_id, IS_OPEN))
    .where(MINE)
    .order_by(T.game_id)
)
NEWEST = (
    sa.select(sa.func.max(R.id))
    .where(R.player_id == sa.bindparam("player"), any_of(R.game_id, "ids"))
    .group_by(R.game_id)
)
OPEN_STREAKS = sa.select(
    R.game_id, R.id, R.reason, R.raw, R.first_seen_at, R.last_seen_at, R.poll_count
).where(R.id.in_(NEWEST), R.confirmed_at.is_(None), R.ended_at.is_(None))

# Writing
CLOSE = snapshots.update().where(any_of(S.id, "ids")).values(is_open=False, closed_at=AT)
EXTEND = (  # the last condition makes twice the same as once
    snapshots.update()
    .where(any_of(S.id, "ids"), IS_OPEN, S.last_seen_at < AT)
    .values(last_seen_at=AT, poll_count=S.poll_count + 1)
)
LATER: dict[str, Any] = {"due_at": sa.bindparam("due"), "failures": sa.bindparam("missed")}
SET_BACKOFF = targets.update().where(MINE).values(LATER)
SET_NEXT_POLL = targets.update().where(MINE).values(LATER | {"expected_at": sa.bindparam("expected")})
RECORDED_BATCHES = (
    sa.select(runs.c.recorded_batches).where(runs.c.id == sa.bindparam("run")).with_for_update()
)
ADD_COUNTS = (
    runs.update()
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        recorded_batches=sa.bindparam("number"),
        targets_asked=runs.c.targets_asked + sa.bindparam("asked"),
        targets_seen=runs.c.targets_seen + sa.bindparam("seen"),
        snapshots_added=runs.c.snapshots_added + sa.bindparam("added"),
    )
)
