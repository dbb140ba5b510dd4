"""Read the state of a batch's targets, and write what was decided about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import (
    BatchDecision,
    Decision,
    RejectionReason,
    RejectionStreak,
    Snapshot,
    TargetState,
    Verdict,
)
from syncer.core.model.player import Target
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.core.model.restoration import NOTHING
from syncer.store.db.tables import snapshots
from syncer.store.db.upsert import insert_or_ignore

from .rejections import save_rejected_response, save_rejections
from .restoration import new_restorations, restored_columns, settle_new
from .statements import (
    ADD_COUNTS,
    CLOSE,
    EXTEND,
    LOCK,
    OPEN_STREAKS,
    SET_PROMISE,
    TARGET_STATES,
)


def load_target_states(tx: sa.Connection, player_id: int, game_ids: Sequence[GameId]) -> list[TargetState]:
    """Lock the batch's targets in the order of games, and return all that is stored about them."""
    batch = {"player": player_id, "ids": game_ids}
    if tx.dialect.name == "postgresql":  # SQLite's transaction holds the whole file
        # A statement of its own: after the wait for a lock, a join would still return the other tables as
        # they were before the wait.
        tx.execute(LOCK, batch).all()
    streaks = {row.game_id: _streak(row) for row in tx.execute(OPEN_STREAKS, batch).all()}
    return [_target_state(row, streaks.get(row[0])) for row in tx.execute(TARGET_STATES, batch).all()]


def _streak(row: Any) -> RejectionStreak:
    return RejectionStreak(
        row.id, RejectionReason(row.reason), row.raw, row.first_seen_at, row.last_seen_at, row.poll_count
    )


def _target_state(row: Sequence[Any], streak: RejectionStreak | None) -> TargetState:
    """Build a state from a row of TARGET_STATES and the open streak of rejections."""
    game_id, due_at, promised, failures, snapshot_id, first, last, *numbers = row
    target = Target(game_id, due_at, promised, failures, last_seen_at=last)
    if snapshot_id is None:
        return TargetState(target, None, streak)
    return TargetState(target, Snapshot(snapshot_id, Progress(*numbers), first, last), streak)


def apply_decisions(
    tx: sa.Connection,
    run_id: int,
    player_id: int,
    decision: BatchDecision,
    states: Sequence[TargetState],
) -> None:
    """Extend, close and add snapshots; schedule the next polls; keep what was rejected."""
    open_ids = {state.target.game_id: state.open.id for state in states if state.open}
    added = [d for d in decision.decisions if d.verdict is not Verdict.SAME and d.verdict.is_accepted]
    # Close before inserting: an index allows one open snapshot per target.
    for at, game_ids in _by_moment(d for d in added if d.game_id in open_ids):
        tx.execute(CLOSE, {"at": at, "ids": [open_ids[game_id] for game_id in game_ids]})
    if added:
        _insert(tx, run_id, player_id, added, decision, states)
    for at, game_ids in _by_moment(d for d in decision.decisions if d.verdict is Verdict.SAME):
        tx.execute(EXTEND, {"at": at, "ids": [open_ids[game_id] for game_id in game_ids]})
    _schedule_next(tx, player_id, decision.decisions, states)
    save_rejections(tx, run_id, player_id, decision.decisions)
    if decision.refused:
        save_rejected_response(tx, run_id, player_id, decision.refused, decision.at)


def _insert(
    tx: sa.Connection,
    run_id: int,
    player_id: int,
    added: Sequence[Decision],
    decision: BatchDecision,
    states: Sequence[TargetState],
) -> None:
    """Insert snapshots, with what came back in each; falls that they make up for follow."""
    of_game = {state.target.game_id: state for state in states}
    back = new_restorations(tx, player_id, added, of_game, reads_unlocks=decision.reads_unlocks)
    rows = [_snapshot(run_id, player_id, d) | restored_columns(back.get(d.game_id, NOTHING)) for d in added]
    tx.execute(insert_or_ignore(tx, snapshots), rows)
    settle_new(tx, player_id, back)


def _by_moment(decisions: Iterable[Decision]) -> Iterable[tuple[datetime, list[GameId]]]:
    """Return the games by the moment of their poll: after a clock correction these differ a little."""
    moments: dict[datetime, list[GameId]] = {}
    for d in decisions:
        moments.setdefault(d.at, []).append(d.game_id)
    return moments.items()


def _snapshot(run_id: int, player_id: int, decision: Decision) -> dict[str, Any]:
    assert decision.progress is not None
    return {
        "player_id": player_id,
        "game_id": decision.game_id,
        "first_seen_at": decision.at,
        "last_seen_at": decision.at,
        "poll_count": 1,
        **dict(zip(PROGRESS_COLUMNS, decision.progress.as_tuple(), strict=True)),
        "verdict": decision.verdict.value,
        "after_gap": decision.after_gap,
        "is_open": True,
        "run_id": run_id,
    }


def _schedule_next(
    tx: sa.Connection, player_id: int, decisions: Iterable[Decision], states: Iterable[TargetState]
) -> None:
    """Write when each target is due next, where that changes; only an accepted poll makes a promise."""
    stored = {state.target.game_id: state.target for state in states}
    alike: dict[tuple[Any, ...], list[GameId]] = {}
    for d in decisions:
        t = stored[d.game_id]
        decided = (d.due_at, d.failures, d.promised_seconds or t.promised_seconds)
        if decided != (t.due_at, t.failures, t.promised_seconds):
            alike.setdefault(decided, []).append(d.game_id)
    for (due, failures, promised), game_ids in alike.items():
        values = {"player": player_id, "ids": game_ids, "due": due, "failure_count": failures}
        tx.execute(SET_PROMISE, values | {"promised": promised})


def add_run_counts(tx: sa.Connection, run_id: int, number: int, decision: BatchDecision) -> None:
    """Count the batch in its run; a game that a probe and a batch have polled is one game."""
    before, accepted = decision.before, [d for d in decision.decisions if d.verdict.is_accepted]
    asked = sum(d.game_id not in before for d in decision.decisions)
    seen = sum(not before.get(d.game_id) for d in accepted)
    added = sum(d.verdict is not Verdict.SAME for d in accepted)
    counts = {"asked": asked, "seen": seen, "added": added}
    tx.execute(ADD_COUNTS, {"run": run_id, "number": number, "started": decision.started_at, **counts})
