"""Store how much of each rise came back after a fall."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.restoration import (
    changed_steps,
    decide_by_numbers,
    decide_by_unlocks,
    is_rise,
    new_restoration,
    settle_falls,
)
from syncer.core.model.decision import Decision, TargetState
from syncer.core.model.library import SourcedUnlock
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.core.model.restoration import NOTHING, Amounts, KnownUnlock, Step
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import RESTORED, snapshots, unlocks

from .unlocks import complete_rows

s = snapshots.c
STEPS = (
    sa.select(s.id, s.first_seen_at, s.last_seen_at, *(s[name] for name in (*RESTORED, *PROGRESS_COLUMNS)))
    .where(s.player_id == PLAYER, s.game_id == sa.bindparam("game"))
    .order_by(s.id)
)
SET_RESTORED = (
    snapshots.update()
    .where(snapshots.c.id == sa.bindparam("of_snapshot"))
    .values({name: sa.bindparam(f"new_{name}") for name in RESTORED})
)


def new_restorations(
    tx: sa.Connection,
    player_id: int,
    added: Sequence[Decision],
    states: Mapping[GameId, TargetState],
    *,
    reads_unlocks: bool,
) -> dict[GameId, Amounts | None]:
    """Return what came back in each change that is about to be stored; None: not decided yet."""
    found: dict[GameId, Amounts | None] = {}
    for d in added:
        last = states[d.game_id].open
        if last and d.progress and is_rise(last.progress, d.progress):
            history = load_steps(tx, player_id, d.game_id)
            found[d.game_id] = new_restoration(history, d.progress, reads_unlocks=reads_unlocks)
    return found


def load_steps(tx: sa.Connection, player_id: int, game_id: GameId) -> list[Step]:
    """Return the game's snapshots, oldest first."""
    return [_step(*row) for row in tx.execute(STEPS, {"player": player_id, "game": game_id}).all()]


def _step(snapshot_id: int, first_seen_at: datetime, last_seen_at: datetime, *numbers: Any) -> Step:
    restored, progress = numbers[: len(RESTORED)], Progress(*numbers[len(RESTORED) :])
    amounts = None if None in restored else restored
    return Step(snapshot_id, progress, first_seen_at, last_seen_at, amounts)


def restored_columns(amounts: Amounts | None) -> dict[str, int | None]:
    return dict(zip(RESTORED, amounts or (None,) * len(RESTORED), strict=True))


def settle_new(tx: sa.Connection, player_id: int, restorations: Mapping[GameId, Amounts | None]) -> None:
    """Update the falls that a change, which has just been stored, makes up for."""
    for game_id, restored in restorations.items():
        if restored != NOTHING:
            steps = changed_steps(load_steps(tx, player_id, game_id))
            _save_steps(tx, steps, settle_falls(steps))


def decide_with_unlocks(
    tx: sa.Connection, player_id: int, game_id: GameId, answer: Sequence[SourcedUnlock]
) -> list[int]:
    """Decide the game's rises by all of its unlocks. Call it before the answer is stored.

    Return the ids of the snapshots that were decided.
    """
    before = changed_steps(load_steps(tx, player_id, game_id))
    if all(step.restored is not None for step in before):
        return []
    complete = complete_rows(tx, player_id, answer)
    decided = decide_by_unlocks(before, _known_unlocks(tx, player_id, game_id), complete)
    return _save_steps(tx, before, settle_falls(decided))


def decide_with_numbers(tx: sa.Connection, player_id: int, game_id: GameId) -> list[int]:
    """Decide the game's rises by the numbers alone; return the ids of the snapshots that were decided."""
    before = changed_steps(load_steps(tx, player_id, game_id))
    return _save_steps(tx, before, settle_falls(decide_by_numbers(before)))


def _save_steps(tx: sa.Connection, before: Sequence[Step], after: Sequence[Step]) -> list[int]:
    """Write what has changed; return the ids of the rises that were decided."""
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old.restored != new.restored]
    rows = [
        {"of_snapshot": new.id, **{f"new_{name}": n for name, n in restored_columns(new.restored).items()}}
        for _, new in changed
    ]
    if rows:
        tx.execute(SET_RESTORED, rows)
    return [new.id for old, new in changed if old.restored is None]


def _known_unlocks(tx: sa.Connection, player_id: int, game_id: GameId) -> list[KnownUnlock]:
    u = unlocks.c
    query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at, u.first_seen_at, u.gone_at)
    query = query.where(u.player_id == player_id, u.game_id == game_id)
    return [KnownUnlock(*row) for row in tx.execute(query).all()]
