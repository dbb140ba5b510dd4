"""What answers about unlocks have covered, so that a late unlock can be distinguished from one in time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa

from syncer.core.backfill.visibility import (
    Reading,
    add_reading,
    format_readings,
    parse_readings,
    visible_after,
)
from syncer.core.backfill.windows import MAX_ACCOUNT_AGE, WIDE_OVERLAP
from syncer.core.model.job import JobKind
from syncer.core.model.library import StoredUnlock, Unlock, UnlockPage, Window
from syncer.core.model.progress import GameId
from syncer.core.periodic import DAILY
from syncer.store.db.tables import snapshots, targets
from syncer.store.read.jobs import read_job

from .jobs import save_job


def save_reading(
    tx: sa.Connection, player_id: int, answer: UnlockPage, covered: Window, at: datetime
) -> bool:
    """Store what a page covered; return whether all unlocks of the account were read by now.

    An entry that is not readable may be any unlock: then nothing is proved.
    """
    is_whole = False
    job = read_job(tx, player_id, JobKind.UNLOCK_WINDOW)
    last_at, readings = job.last_at, parse_readings(job.cursor)
    if not (answer.unreadable or covered.is_truncated):
        readings = add_reading(readings, Reading(covered.begin, covered.end, answer.date or at))
        # All pages of the long overlap were read: they are one reading by now.
        if covered.next is None and readings[-1].begin <= at - WIDE_OVERLAP:
            last_at = at
            is_whole = readings[-1].begin <= at - MAX_ACCOUNT_AGE + DAILY
    save_job(tx, player_id, JobKind.UNLOCK_WINDOW, last_at=last_at, cursor=format_readings(readings))
    return is_whole


def visible_moments(
    tx: sa.Connection,
    player_id: int,
    added: Sequence[Unlock],
    stored: Sequence[StoredUnlock],
    received: Sequence[Unlock],
) -> dict[Unlock, datetime]:
    """Return for new unlocks when they were last proved absent; those without such a proof are left out."""
    readings = parse_readings(read_job(tx, player_id, JobKind.UNLOCK_WINDOW).cursor)
    read_at = _games_read_at(tx, player_id) if added else {}
    found = {}
    for unlock in added:
        moment = visible_after(unlock, stored, received, readings, read_at.get(unlock.game_id))
        if moment and not _set_grew(tx, player_id, unlock.game_id, moment):
            found[unlock] = moment
    return found


def _games_read_at(tx: sa.Connection, player_id: int) -> dict[GameId, datetime]:
    """Return when all unlocks of a game were last read, where they were."""
    t = targets.c
    query = sa.select(t.game_id, t.unlocks_synced_at).where(t.player_id == player_id)
    rows = tx.execute(query.where(t.unlocks_synced_at.is_not(None))).all()
    return {game_id: synced_at for game_id, synced_at in rows}


def _set_grew(tx: sa.Connection, player_id: int, game_id: GameId, since: datetime) -> bool:
    """Return whether the number of achievements rose since then: a promotion brings old unlocks back."""
    s = snapshots.c
    query = sa.select(s.num_possible_achievements).where(s.player_id == player_id, s.game_id == game_id)
    valid = sa.or_(s.closed_at.is_(None), s.closed_at > since)
    counts = tx.scalars(query.where(valid).order_by(s.id)).all()
    return any(later > earlier for earlier, later in pairwise(counts))
