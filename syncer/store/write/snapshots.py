"""Recording a batch: what is stored about its targets, and what its judgement makes of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import Decision, Judgement, Reason, Series, Snapshot, Standing, Verdict
from syncer.core.model.player import Target
from syncer.core.model.progress import NUMBERS, GameId, Progress
from syncer.store.db.tables import snapshots
from syncer.store.db.upsert import insert_ignore

from .rejections import reject, reject_whole
from .statements import CLOSE, COUNT, EXTEND, LOCK, POSTPONE, PROMISE, SERIES, STANDINGS


def standings(tx: sa.Connection, player_id: int, game_ids: Sequence[GameId]) -> list[Standing]:
    """Lock the batch's targets in the order of games, and read all that is stored about them."""
    asked = {"player": player_id, "ids": game_ids}
    if tx.dialect.name == "postgresql":  # SQLite's transaction holds the whole file
        # A statement of its own: what a join reads beside a row that it waited for is older than the wait.
        tx.execute(LOCK, asked).all()
    series = {r.game_id: _one_series(r) for r in tx.execute(SERIES, asked).all()}
    return [_standing(row, series.get(row[0])) for row in tx.execute(STANDINGS, asked).all()]


def _one_series(row: Any) -> Series:
    return Series(row.id, Reason(row.reason), row.raw, row.first_seen_at, row.last_seen_at, row.looks)


def _standing(row: Sequence[Any], series: Series | None) -> Standing:
    """From a row of STANDINGS, and the series of rejections that still stands."""
    game_id, due_at, expected_at, misses, snapshot_id, first, last, *numbers = row
    target = Target(game_id, due_at, expected_at, misses)
    if snapshot_id is None:
        return Standing(target, None, series)
    return Standing(target, Snapshot(snapshot_id, Progress(*numbers), first, last), series)


def write(
    tx: sa.Connection, run_id: int, player_id: int, judgement: Judgement, standings: Sequence[Standing]
) -> None:
    decisions = judgement.decisions
    open_ids = {s.target.game_id: s.open.id for s in standings if s.open}
    added = [d for d in decisions if d.verdict is not Verdict.SAME and d.verdict.believed]
    if closing := [open_ids[d.game_id] for d in added if d.game_id in open_ids]:
        tx.execute(CLOSE, {"ids": closing})
    if added:
        tx.execute(insert_ignore(tx, snapshots), [_snapshot(run_id, player_id, d) for d in added])
    same: dict[datetime, list[int]] = {}  # by moment: after time sync they may differ by a little
    for d in decisions:
        if d.verdict is Verdict.SAME:
            same.setdefault(d.at, []).append(open_ids[d.game_id])
    for at, ids in same.items():
        tx.execute(EXTEND, {"at": at, "ids": ids})
    _promise(tx, player_id, decisions)
    reject(tx, run_id, player_id, decisions)
    if judgement.refused:
        reject_whole(tx, run_id, player_id, judgement.refused, judgement.at)


def _snapshot(run_id: int, player_id: int, decision: Decision) -> dict[str, Any]:
    assert decision.progress is not None
    return {
        "player_id": player_id,
        "game_id": decision.game_id,
        "first_seen_at": decision.at,
        "last_seen_at": decision.at,
        "looks": 1,
        **dict(zip(NUMBERS, decision.progress.numbers(), strict=True)),
        "verdict": decision.verdict.value,
        "after_gap": decision.after_gap,
        "is_open": True,
        "run_id": run_id,
    }


def _promise(tx: sa.Connection, player_id: int, decisions: Iterable[Decision]) -> None:
    """When each target is next due; only a believed look moves what is expected."""
    alike: dict[tuple[Any, ...], list[GameId]] = {}
    for d in decisions:
        alike.setdefault((d.due_at, d.misses, d.expected_at), []).append(d.game_id)
    for (due, missed, expected), ids in alike.items():
        values = {"player": player_id, "ids": ids, "due": due, "missed": missed}
        if expected is None:
            tx.execute(POSTPONE, values)
        else:
            tx.execute(PROMISE, values | {"expected": expected})


def count(tx: sa.Connection, run_id: int, number: int, judgement: Judgement) -> None:
    same = sum(d.verdict is Verdict.SAME for d in judgement.decisions)
    added = sum(d.verdict is not Verdict.SAME and d.verdict.believed for d in judgement.decisions)
    counts = {"asked": len(judgement.decisions), "seen": same + added, "added": added}
    tx.execute(COUNT, {"run": run_id, "number": number, **counts})
