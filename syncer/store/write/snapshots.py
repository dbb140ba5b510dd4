"""Read the state of a batch's targets, and write what was decided about them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import (
    BatchDecision,
    Decision,
    PollWindow,
    RejectionReason,
    RejectionStreak,
    Snapshot,
    TargetState,
    Verdict,
)
from syncer.core.model.player import Target
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.core.model.restoration import NOTHING
from syncer.store.db.tables import DELTAS, snapshots
from syncer.store.db.upsert import insert_or_ignore

from .rejections import save_rejected_response, save_rejections
from .restoration import new_restorations, restored_columns, settle_new
from .statements import (
    ADD_COUNTS,
    CLOSE,
    EXTEND,
    IN_TIME,
    LOCK,
    OPEN_STREAKS,
    SET_PROMISE,
    TARGET_ROWS,
)


def lock_targets(tx: sa.Connection, player_id: int, game_ids: Sequence[GameId]) -> None:
    """Lock the batch's targets in the order of games."""
    if tx.dialect.name == "postgresql":  # SQLite's transaction holds the whole file
        # A statement of its own: after the wait for a lock, a join would still return the other tables as
        # they were before the wait.
        tx.execute(LOCK, {"player": player_id, "ids": game_ids}).one()


def load_in_time(
    tx: sa.Connection, player_id: int, game_ids: Sequence[GameId], window: PollWindow
) -> Sequence[Any]:
    """Return game, id and six numbers of each open snapshot that an equal poll extends, and nothing more."""
    return tx.execute(IN_TIME, {"player": player_id, "ids": game_ids, **window._asdict()}).all()


def load_states(
    tx: sa.Connection,
    player_id: int,
    game_ids: Sequence[GameId],
    streaks: Mapping[GameId, RejectionStreak],
) -> list[TargetState]:
    """Return the targets in the order of games, each with its open snapshot and streak of rejections."""
    rows = tx.execute(TARGET_ROWS, {"player": player_id, "ids": game_ids}).all()
    return [_state(streaks, *row) for row in rows]


def _state(
    streaks: Mapping[GameId, RejectionStreak],
    game_id: GameId,
    due_at: datetime | None,
    promised: int | None,
    failures: int,
    snapshot_id: int | None,
    last_seen_at: Any,
    *numbers: int,
) -> TargetState:
    target = Target(game_id, due_at, promised, failures, last_seen_at=last_seen_at)
    last = None if snapshot_id is None else Snapshot(snapshot_id, Progress(*numbers), last_seen_at)
    return TargetState(target, last, streaks.get(game_id))


def load_streaks(
    tx: sa.Connection, player_id: int, game_ids: Sequence[GameId]
) -> dict[GameId, RejectionStreak]:
    """Return the open streaks of rejections of the batch's targets."""
    rows = tx.execute(OPEN_STREAKS, {"player": player_id, "ids": game_ids}).all()
    return {row.game_id: _streak(row) for row in rows}


def _streak(row: Any) -> RejectionStreak:
    return RejectionStreak(
        row.id, RejectionReason(row.reason), row.raw, row.first_seen_at, row.last_seen_at, row.poll_count
    )


def apply_decisions(tx: sa.Connection, run_id: int, player_id: int, decision: BatchDecision) -> None:
    """Extend, close and add snapshots; schedule the next polls; keep what was rejected."""
    _extend(tx, decision.at, list(decision.quiet.values()))
    if decision.decisions:
        _apply_others(tx, run_id, player_id, decision)
    if decision.refused:
        save_rejected_response(tx, run_id, player_id, decision.refused, decision.at)


def _apply_others(tx: sa.Connection, run_id: int, player_id: int, decision: BatchDecision) -> None:
    """Apply the decisions about the targets that are not quiet."""
    open_ids = {state.target.game_id: state.open.id for state in decision.states if state.open}
    added = [d for d in decision.decisions if d.verdict.adds_snapshot]
    # Close before inserting: an index allows one open snapshot per target.
    for at, game_ids in _by_moment(d for d in added if d.game_id in open_ids):
        tx.execute(CLOSE, {"at": at, "ids": [open_ids[game_id] for game_id in game_ids]})
    if added:
        _insert(tx, run_id, player_id, added, decision)
    for at, game_ids in _by_moment(d for d in decision.decisions if d.verdict is Verdict.SAME):
        _extend(tx, at, [open_ids[game_id] for game_id in game_ids])
    _schedule_next(tx, player_id, decision)
    save_rejections(tx, run_id, player_id, decision.decisions)


def _extend(tx: sa.Connection, at: datetime, snapshot_ids: list[int]) -> None:
    if snapshot_ids:
        tx.execute(EXTEND, {"at": at, "ids": snapshot_ids})


def _insert(
    tx: sa.Connection,
    run_id: int,
    player_id: int,
    added: Sequence[Decision],
    decision: BatchDecision,
) -> None:
    """Insert snapshots, with what came back in each; falls that they make up for follow."""
    of_game = {state.target.game_id: state for state in decision.states}
    back = new_restorations(tx, player_id, added, of_game, reads_unlocks=decision.reads_unlocks)
    rows = [
        _snapshot(run_id, player_id, d)
        | _deltas(d.progress, of_game[d.game_id].open)
        | restored_columns(back.get(d.game_id, NOTHING))
        for d in added
    ]
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


def _deltas(progress: Progress | None, before: Snapshot | None) -> dict[str, int | None]:
    """Return by how much the numbers differ from those before; None for the first ones."""
    assert progress is not None
    if before is None:
        return dict.fromkeys(DELTAS)
    pairs = zip(progress.as_tuple(), before.progress.as_tuple(), strict=True)
    return dict(zip(DELTAS, (now - then for now, then in pairs), strict=True))


def _schedule_next(tx: sa.Connection, player_id: int, decision: BatchDecision) -> None:
    """Write when each target is due next, where that changes; only an accepted poll makes a promise."""
    alike: dict[tuple[Any, ...], list[GameId]] = {}
    for d, state in zip(decision.decisions, decision.states, strict=True):
        t = state.target
        decided = (d.due_at, d.failures, d.promised_seconds or t.promised_seconds)
        if decided != (t.due_at, t.failures, t.promised_seconds):
            alike.setdefault(decided, []).append(d.game_id)
    for (due, failures, promised), game_ids in alike.items():
        values = {"player": player_id, "ids": game_ids, "due": due, "failure_count": failures}
        tx.execute(SET_PROMISE, values | {"promised": promised})


def add_run_counts(tx: sa.Connection, run_id: int, number: int, decision: BatchDecision) -> None:
    """Count the batch in its run; a game that a probe and a batch have polled is one game."""
    before, polled = decision.before, decision.polled
    again = before.keys() & polled.keys()  # reads the smaller one only; a difference would read all before
    counts = {
        "asked": len(polled) - len(again),
        "seen": sum(polled.values()) - sum(polled[game_id] and before[game_id] for game_id in again),
        "added": sum(d.verdict.adds_snapshot for d in decision.decisions),
    }
    tx.execute(ADD_COUNTS, {"run": run_id, "number": number, "started": decision.started_at, **counts})
