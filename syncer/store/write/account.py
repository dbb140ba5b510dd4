"""Write the account's totals and its awards."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.account.awards import compare_awards
from syncer.core.account.totals import decide_rank, decide_totals
from syncer.core.model.account import (
    AccountDecision,
    AccountPoll,
    ListedAward,
    Measure,
    NewMeasure,
    RankAndScore,
    StoredAward,
    ZeroStreak,
)
from syncer.core.model.decision import RejectionReason
from syncer.core.model.mass_drop import AccountSums
from syncer.store.db.account_tables import account_snapshots, awards
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import games, rejections
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.account import open_measures, stored_awards

from .account_polls import extend_account_polls
from .rejections import extend_rejection
from .statements import extend_row

# Totals

s, r = account_snapshots.c, rejections.c
EXTEND_MEASURE = extend_row(
    account_snapshots,
    sa.case(*((s.measure == m.value, sa.bindparam(m.value, type_=sa.Integer)) for m in Measure)),
)
ZERO_STREAK = (
    sa.select(r.id, r.first_seen_at, r.poll_count)
    .where(r.player_id == PLAYER, r.game_id.is_(None), r.endpoint.is_not(None))
    .where(r.confirmed_at.is_(None), r.ended_at.is_(None))
    .where(r.reason == RejectionReason.SUSPECT_ZERO.value)
    .order_by(r.id.desc())
    .limit(1)
)


def save_totals(
    tx: sa.Connection, player_id: int, values: Mapping[Measure, int | None], poll: AccountPoll, at: datetime
) -> bool:
    """Store the totals of an answer; return whether it was accepted."""
    streak = _zero_streak(tx, player_id)
    decision = decide_totals(open_measures(tx, player_id), streak, values, poll, at)
    _save_decision(tx, player_id, decision, values, streak, poll, at)
    return not decision.is_suspect


def save_rank(
    tx: sa.Connection,
    player_id: int,
    answer: RankAndScore,
    proof: AccountSums,
    poll: AccountPoll,
    at: datetime,
) -> None:
    """Store rank and points of an answer, or what proves it wrong."""
    streak = _zero_streak(tx, player_id)
    decision = decide_rank(open_measures(tx, player_id), streak, answer, proof, poll, at)
    _save_decision(tx, player_id, decision, answer.measures, streak, poll, at)
    if poll.account and not decision.is_suspect:
        extend_account_polls(tx, player_id, at, poll.account)


def _save_decision(
    tx: sa.Connection,
    player_id: int,
    decision: AccountDecision,
    values: Mapping[Measure, int | None],
    streak: ZeroStreak | None,
    poll: AccountPoll,
    at: datetime,
) -> None:
    if decision.is_suspect:
        # One that another answer contradicts is a series of its own, which ends with it.
        contradicted = bool(decision.added or decision.extended)
        _reject(
            tx, player_id, values, poll, None if contradicted else streak, at, at if contradicted else None
        )
    _end_streak(tx, decision, at)
    _save_measures(tx, player_id, decision, poll)


def _save_measures(tx: sa.Connection, player_id: int, decision: AccountDecision, poll: AccountPoll) -> None:
    seconds = {m.value: int(poll.promised_for(m).total_seconds()) for m in Measure}
    if decision.extended:
        extended = [{"row": row, "at": at, **seconds} for row, at in decision.extended.items()]
        tx.execute(EXTEND_MEASURE, extended)
    for new in decision.added:
        if new.closes is not None:
            closed = {"is_open": False, "closed_at": new.at}
            tx.execute(account_snapshots.update().where(s.id == new.closes).values(**closed))
        row = _measure_row(player_id, new, seconds[new.measure.value], poll.run_id)
        tx.execute(insert_or_ignore(tx, account_snapshots), row)


def _measure_row(player_id: int, new: NewMeasure, promised: int, run_id: int | None) -> dict[str, Any]:
    return {
        "player_id": player_id,
        "measure": new.measure.value,
        "value": new.value,
        "first_seen_at": new.at,
        "last_seen_at": new.at,
        "poll_count": 1,
        "promised_seconds": promised,
        "after_gap": new.after_gap,
        "is_open": True,
        "run_id": run_id,
    }


def _zero_streak(tx: sa.Connection, player_id: int) -> ZeroStreak | None:
    """Return the standing series of suspect answers about the account, whichever endpoint gave them."""
    row = tx.execute(ZERO_STREAK, {"player": player_id}).one_or_none()
    return ZeroStreak(*row) if row else None


def _reject(
    tx: sa.Connection,
    player_id: int,
    values: Mapping[Measure, int | None],
    poll: AccountPoll,
    streak: ZeroStreak | None,
    at: datetime,
    ended_at: datetime | None,
) -> None:
    if streak:
        extend_rejection(tx, streak.id, at)
        return
    row: dict[str, Any] = {
        "run_id": poll.run_id,
        "player_id": player_id,
        "game_id": None,
        "endpoint": poll.endpoint,
    }
    row |= {"first_seen_at": at, "last_seen_at": at, "poll_count": 1, "ended_at": ended_at}
    row |= {"reason": RejectionReason.SUSPECT_ZERO.value, "raw": json.dumps(values)}
    tx.execute(rejections.insert().values(**row))


def _end_streak(tx: sa.Connection, decision: AccountDecision, at: datetime) -> None:
    for row_id, column in ((decision.confirms, "confirmed_at"), (decision.ends, "ended_at")):
        if row_id is not None:
            tx.execute(rejections.update().where(rejections.c.id == row_id).values({column: at}))


# Awards


def save_awards(
    tx: sa.Connection, player_id: int, listed: Sequence[ListedAward], at: datetime, *, proves: bool = False
) -> None:
    """Store the awards of an answer that names the highest one of each of its games."""
    only = [one.game_id for one in listed] if proves else None
    changed = compare_awards(stored_awards(tx, player_id, only), listed, at, proves=proves)
    if not changed:
        return
    tx.execute(insert_or_ignore(tx, games), [{"id": row.award.game_id} for row in changed])
    rows = [_award_row(player_id, row, at) for row in changed]
    tx.execute(insert_or_ignore(tx, awards), rows)
    tx.execute(UPDATE_AWARD, [{f"new_{name}": value for name, value in row.items()} for row in rows])


UPDATE_AWARD = (
    awards.update()
    .where(*(awards.c[n] == sa.bindparam(f"new_{n}") for n in ("player_id", "game_id", "kind", "awarded_at")))
    .values({name: sa.bindparam(f"new_{name}") for name in ("missing_since", "gone_at")})
)


def _award_row(player_id: int, row: StoredAward, at: datetime) -> dict[str, Any]:
    award = {"game_id": row.award.game_id, "kind": row.award.kind, "awarded_at": row.award.awarded_at}
    state = {"first_seen_at": at, "missing_since": row.missing_since, "gone_at": row.gone_at}
    return {"player_id": player_id, **award, **state}
