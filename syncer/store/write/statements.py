"""The statements of each batch: built once, so that recording a batch costs only its rows."""

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import AT, PLAYER
from syncer.store.db.tables import IS_NEWEST, IS_OPEN, rejections, runs, snapshots, targets

t, s, r = targets.c, snapshots.c, rejections.c
UPDATE_TARGET = (
    targets.update()
    .where(t.player_id == sa.bindparam("of_player"), t.game_id == sa.bindparam("of_game"))
    .values({name: sa.bindparam(name) for name in ("due_at", "removed_at")})
)
IN_BATCH = sa.and_(t.player_id == PLAYER, any_of(t.game_id, "ids"))

# Read what an equal poll extends and nothing more; the batch's targets, each with its open snapshot; and the
# newest rejection of each, if it is open.
LOCKED = sa.select(t.game_id).where(IN_BATCH).order_by(t.game_id).with_for_update().subquery("locked")
LOCK = sa.select(sa.func.count(LOCKED.c.game_id))  # not the rows: the driver would make values of them
NUMBERS = [s[name] for name in PROGRESS_COLUMNS]
IN_TIME = (
    sa.select(t.game_id, s.id, *NUMBERS)
    .select_from(targets)
    .join(snapshots, IS_NEWEST)
    .where(IN_BATCH, t.due_at.is_(None), t.failures == 0, t.promised_seconds == sa.bindparam("promised"))
    .where(s.last_seen_at >= sa.bindparam("earliest"), s.last_seen_at < AT)
)
TARGET_ROWS = (
    sa.select(t.game_id, t.due_at, t.promised_seconds, t.failures, s.id, s.last_seen_at, *NUMBERS)
    .select_from(targets)
    .outerjoin(snapshots, IS_NEWEST)
    .where(IN_BATCH)
    .order_by(t.game_id)
)
IS_STANDING = sa.and_(r.confirmed_at.is_(None), r.ended_at.is_(None))
HAS_STREAK = sa.exists().where(r.player_id == PLAYER, r.game_id.is_not(None), IS_STANDING)
NEWEST = (
    sa.select(sa.func.max(r.id)).where(r.player_id == PLAYER, any_of(r.game_id, "ids")).group_by(r.game_id)
)
OPEN_STREAKS = sa.select(
    r.game_id, r.id, r.reason, r.raw, r.first_seen_at, r.last_seen_at, r.poll_count
).where(r.id.in_(NEWEST), IS_STANDING)

# Write
CLOSE = snapshots.update().where(any_of(s.id, "ids")).values(is_open=False, closed_at=AT)
EXTEND = (  # by the last condition, recording an answer twice equals recording it once
    snapshots.update()
    .where(any_of(s.id, "ids"), IS_OPEN, s.last_seen_at < AT)
    .values(last_seen_at=AT, poll_count=s.poll_count + 1)
)
SET_PROMISE = (
    targets.update()
    .where(IN_BATCH)
    .values(
        due_at=sa.bindparam("due"),
        failures=sa.bindparam("failure_count"),
        promised_seconds=sa.bindparam("promised"),
    )
)
ADD_COUNTS = (
    runs.update()
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        recorded_batches=sa.bindparam("number"),
        # Stamped before the site had said what time it is.
        started_at=sa.func.coalesce(sa.bindparam("started", type_=runs.c.started_at.type), runs.c.started_at),
        targets_asked=runs.c.targets_asked + sa.bindparam("asked"),
        targets_seen=runs.c.targets_seen + sa.bindparam("seen"),
        snapshots_added=runs.c.snapshots_added + sa.bindparam("added"),
    )
)


def extend_row(table: sa.Table, promised: sa.ColumnElement[int]) -> sa.Update:
    """Return the update of one row (parameter `row`) by a poll at `at`, with the promise it made."""
    polls = {"last_seen_at": AT, "poll_count": table.c.poll_count + 1, "promised_seconds": promised}
    return table.update().where(table.c.id == sa.bindparam("row")).values(polls)
